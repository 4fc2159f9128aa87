/** Accounts in memory: names, password hashes, roles, and the scopes that a role may have. */

import { hashPassword, needsRehash, verifyPassword } from "apus";
import { z } from "zod";

export const Role = z.enum(["reader", "editor", "admin"]);

export interface Account {
  readonly name: string;
  readonly role: z.infer<typeof Role>;
  hash: string;
}

export const scopesOf: Readonly<Record<Account["role"], readonly string[]>> = {
  reader: ["notes:read"],
  editor: ["notes:read", "notes:write"],
  admin: ["notes:read", "notes:write", "accounts"],
};

const accounts = new Map<string, Account>();

/** False when there is such an account. */
export async function addAccount(name: string, password: string, role: Account["role"] = "reader"): Promise<boolean> {
  if (accounts.has(name)) return false;
  const hash = await hashPassword(password);
  // Asked again: another sign-up may have come while the hash was made.
  if (accounts.has(name)) return false;
  accounts.set(name, { name, role, hash });
  return true;
}

export function findAccount(name: string): Account | undefined {
  return accounts.get(name);
}

export function listAccounts(): Pick<Account, "name" | "role">[] {
  return [...accounts.values()].map(({ name, role }) => ({ name, role }));
}

/** The account, if the password is right; as slow when there is none. */
export async function checkPassword(name: string, password: string): Promise<Account | undefined> {
  const account = accounts.get(name);
  if (!(await verifyPassword(password, account?.hash)) || account === undefined) return undefined;
  if (needsRehash(account.hash)) account.hash = await hashPassword(password);
  return account;
}
