/** Types of sessions: names and values are those of the schema. */

import { z } from "zod";
import { dependency, type ValueOf } from "../dependencies/dependency.ts";
import type { Session } from "./request-session.ts";
import { session } from "./session.ts";

const typed = session({ keys: "k", schema: z.object({ user: z.int(), theme: z.enum(["dark", "light"]).optional() }) });
const untyped = session({ keys: "k" });

export const login = dependency({ use: { session: typed } }, ({ session: own }) => {
  own.set("user", 1);
  own.set("theme", "dark");
  const user: number | undefined = own.get("user");
  const theme: "dark" | "light" | undefined = own.data.theme;
  // @ts-expect-error -- not in the schema
  own.set("name", "ada");
  // @ts-expect-error -- not of its type
  own.set("user", "ada");
  // @ts-expect-error -- may be missing
  const certain: number = own.get("user");
  // @ts-expect-error -- read only
  own.data.user = 2;
  return { user, theme, certain };
});

declare const value: ValueOf<typeof untyped>;
export const plain: Session = value;
export const anything: unknown = value.get("anything");
value.set("anything", { a: 1 });

// @ts-expect-error -- no such option
session({ keys: "k", secret: "s" });
// @ts-expect-error -- cookies of sessions are always hidden from scripts
session({ keys: "k", cookie: { httpOnly: false } });
