// Time at the site: the kiosk's own zone may be wrong or another one.

export class SiteClock {
  constructor(timeZone, { locale = "en-GB", isNarrow = false } = {}) {
    const length = isNarrow ? "short" : "long";
    const at = (options) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
    this.time = at({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = at({ weekday: length, day: "numeric", month: length });
    this.zone = at({ timeZoneName: "short" });
    this.hours = at({ hour: "numeric", hourCycle: "h23" });
  }

  read(date = new Date()) {
    const zone = this.zone.formatToParts(date).find(({ type }) => type === "timeZoneName");
    return { time: this.time.format(date), day: this.day.format(date), zone: zone?.value ?? "", hour: Number(this.hours.format(date)) };
  }

  /** Write into the two elements now and at every full minute. */
  show(timeElement, dayElement) {
    const now = new Date();
    const { time, day, zone } = this.read(now);
    timeElement.textContent = time;
    dayElement.textContent = `${day}, ${zone}`;
    setTimeout(() => this.show(timeElement, dayElement), 60000 - (now.getTime() % 60000) + 20);
  }
}
