/** A file that only workers load: docs/offload.md. */

export function greet(name: string): string {
  return `Hello, ${name}!`;
}
