// Time at the site: the kiosk's own zone may be wrong or another one.

export class SiteClock {
  constructor(timeZone, { locale = "en-GB", isNarrow = false } = {}) {
    Object.assign(this, { locale, isNarrow });
    this.move(timeZone);
  }

  /** Tell the time of this zone from now on; undefined is the browser's own. */
  move(timeZone) {
    const { locale, isNarrow } = this;
    const length = isNarrow ? "short" : "long";
    const at = (options) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
    this.time = at({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = at({ weekday: length, day: "numeric", month: length });
    this.zone = at({ timeZoneName: "short" });
    this.hours = at({ hour: "numeric", hourCycle: "h23" });
    if (this.elements) this.#write();
  }

  read(date = new Date()) {
    const zone = this.zone.formatToParts(date).find(({ type }) => type === "timeZoneName");
    return { time: this.time.format(date), day: this.day.format(date), zone: zone?.value ?? "", hour: Number(this.hours.format(date)) };
  }

  /** Write into the two elements now and at every full minute. */
  show(timeElement, dayElement) {
    this.elements = [timeElement, dayElement];
    this.#write();
    setTimeout(() => this.show(timeElement, dayElement), 60000 - (Date.now() % 60000) + 20);
  }

  #write() {
    const { time, day, zone } = this.read();
    const [timeElement, dayElement] = this.elements;
    timeElement.textContent = time;
    dayElement.textContent = `${day}, ${zone}`;
  }
}
