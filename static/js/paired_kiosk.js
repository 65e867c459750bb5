// The kiosk page of a paired device: its key admits it, and the hello says whose camera it is.

import { Kiosk } from "./camera.js";
import { keptKey, signHello } from "./device_key.js";
import { readSettings } from "./dom.js";
import { badgeTeller, pinTeller } from "./pin_senders.js";

const key = await keptKey();
const greet = (challenge) => signHello(key, challenge, { origin: location.origin });
const kiosk = new Kiosk(readSettings("kiosk-settings"), {
  greet,
  punch: pinTeller(() => kiosk.socket),
  punchByBadge: badgeTeller(() => kiosk.socket),
});
if (key) kiosk.start();
else kiosk.showUnpaired();
