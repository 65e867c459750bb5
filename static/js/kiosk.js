// The kiosk page of a member: its settings stand in the page, its session admits it.

import { Kiosk } from "./camera.js";
import { readSettings } from "./dom.js";
import { badgeTeller, pinPoster } from "./pin_senders.js";

const settings = readSettings("kiosk-settings");
const token = document.querySelector('#pin [name="csrfmiddlewaretoken"]').value;
const kiosk = new Kiosk(settings, {
  punch: pinPoster(settings.pin_url, token),
  punchByBadge: badgeTeller(() => kiosk.socket),
});
kiosk.start();
