/** Reads the dates of HTTP (RFC 9110 §5.6.7): the preferred form and the two obsolete ones, and nothing else. */

const months = "JanFebMarAprMayJunJulAugSepOctNovDec";
const month = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const time = "(\\d\\d):(\\d\\d):(\\d\\d)";
const shortDay = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";

const preferred = new RegExp(`^${shortDay}, (\\d\\d) ${month} (\\d{4}) ${time} GMT$`);
const rfc850 = new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d\\d)-${month}-(\\d\\d) ${time} GMT$`);
const asctime = new RegExp(`^${shortDay} ${month} ([ \\d]\\d) ${time} (\\d{4})$`);

/** Milliseconds since 1970, always whole seconds; undefined when the text is no date of HTTP. */
export function parseHttpDate(text: string): number | undefined {
  const form = preferred.exec(text);
  if (form !== null) return toTime([form[3], form[2], form[1], form[4], form[5], form[6]]);
  const old = rfc850.exec(text);
  if (old !== null) return toTime([fullYear(Number(old[3])), old[2], old[1], old[4], old[5], old[6]]);
  const unix = asctime.exec(text);
  return unix === null ? undefined : toTime([unix[6], unix[1], unix[2], unix[3], unix[4], unix[5]]);
}

type Part = string | number | undefined;

/** Year, month's name, day, hour, minute, second; undefined when there is no such moment. */
function toTime([year, name, day, hour, minute, second]: readonly [Part, Part, Part, Part, Part, Part]):
  | number
  | undefined {
  const date = [Number(year), months.indexOf(String(name)) / 3, Number(day)] as const;
  const moment = Date.UTC(...date, Number(hour), Number(minute), Number(second));
  const isReal = new Date(Date.UTC(...date)).getUTCDate() === date[2];
  return isReal && Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60 ? moment : undefined;
}

/** Two digits are a year at most fifty years ahead. */
function fullYear(short: number): number {
  const now = new Date().getUTCFullYear();
  const year = now - (now % 100) + short;
  return year > now + 50 ? year - 100 : year;
}
