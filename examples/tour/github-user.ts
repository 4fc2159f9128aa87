/** An outgoing call: a user of an upstream API, with a time limit and an honest answer when the upstream fails. */

import { fail, Router } from "apus";
import { z } from "zod";

const User = z.object({ login: z.string(), name: z.string().nullable(), public_repos: z.int() });

const upstream = process.env["GITHUB_API_URL"] ?? "https://api.github.com";
const timeout = Number(process.env["GITHUB_TIMEOUT"] ?? 5_000);

export const github = new Router({ tags: ["outside world"] });

export const readGithubUser = github.get(
  "/github-user/{username}",
  {
    response: User,
    errors: { 404: "No such user", 502: "The upstream failed", 504: "The upstream was too slow" },
    summary: "Read a user of GitHub",
  },
  async ({ path, signal, log }) => {
    const url = `${upstream}/users/${encodeURIComponent(path.username)}`;
    const deadline = AbortSignal.timeout(timeout);
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, deadline]) });
      if (answer.status === 404) fail(404, `GitHub has no user ${path.username}.`);
      if (!answer.ok) fail(502, `GitHub answered ${answer.status}.`);
      const user = User.safeParse(await answer.json());
      return user.data ?? fail(502, "GitHub answered something else than a user.");
    } catch (error) {
      if (deadline.aborted) fail(504, `GitHub did not answer within ${timeout} ms.`);
      if (error instanceof TypeError || error instanceof SyntaxError) {
        log.warn("The upstream failed", { upstream, error });
        fail(502, "GitHub cannot be reached.");
      }
      throw error;
    }
  },
);
