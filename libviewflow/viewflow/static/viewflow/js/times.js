// "in 21 min" grows old while one looks at it. The server's words are renewed every minute.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
const format = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { style: "short", numeric: "auto" });

const renew = () => {
  for (const time of document.querySelectorAll("time[data-rel][datetime]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[2];
    if (!Number.isNaN(seconds)) time.textContent = format.format(Math.trunc(seconds / size), unit);
  }
};
renew();
setInterval(renew, 60000);
addEventListener("pageshow", ({ persisted }) => persisted && renew());
document.addEventListener("htmx:after:swap", renew);
document.addEventListener("vf:shown", renew);
