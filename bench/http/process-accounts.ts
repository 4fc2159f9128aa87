/** What the kernel says about a process: its CPU time and its memory. */

import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in hundredths of a second for every program, whatever the kernel's own clock is. */
const ticksPerSecond = 100;

/** User and system time of all threads of a process in milliseconds, as exactly as the scheduler counts; threads that have ended are not in it. */
export function readRunMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
    } catch {
      // It has ended since.
    }
  }
  return nanoseconds / 1_000_000;
}

/** User and system time of all threads of a process, in milliseconds, in steps of ten. */
export function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name in parentheses may hold anything; the fields after it are numbers.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Time that a core was busy with anything, time stolen by the machine's host included, in milliseconds. */
export function readCoreBusyMs(core: number): number {
  const line = readFileSync("/proc/stat", "latin1")
    .split("\n")
    .find((candidate) => candidate.startsWith(`cpu${core} `));
  const [, user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] =
    line?.split(" ").map(Number) ?? [];
  return ((user + nice + system + interrupts + softInterrupts + stolen) * 1000) / ticksPerSecond;
}

/** Memory that a process has now and had at most, in bytes. */
export function readMemory(pid: number): { readonly now: number; readonly peak: number } {
  const text = readFileSync(`/proc/${pid}/status`, "latin1");
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) * 1024;
  return { now: read("VmRSS"), peak: read("VmHWM") };
}

/**
 * How many connections of these client ports to a port of 127.0.0.1 the server still holds: one that it has closed
 * does not count, whatever its client knows.
 */
export function countHeld(port: number, clientPorts: ReadonlySet<number>): number {
  const established = "01";
  const readPort = (address: string | undefined): number => Number.parseInt(address?.split(":")[1] ?? "", 16);
  return readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .map((line) => line.trim().split(/ +/))
    .filter(([, local, remote, state]) => {
      return state === established && readPort(local) === port && clientPorts.has(readPort(remote));
    }).length;
}

/** How many connections may have full send buffers before the kernel runs short of memory for TCP, and slows down all of them. */
export function readStalledLimit(): number {
  const read = (name: string): readonly number[] =>
    readFileSync(`/proc/sys/net/ipv4/${name}`, "latin1").trim().split(/\s+/).map(Number);
  const pageBytes = 4_096;
  const [, pressurePages = NaN] = read("tcp_mem");
  const [, , sendBytes = NaN] = read("tcp_wmem");
  const [, receiveBytes = NaN] = read("tcp_rmem");
  return Math.floor((pressurePages * pageBytes) / (sendBytes + receiveBytes));
}
