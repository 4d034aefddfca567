/**
 * The names of users.
 *
 * @module
 */
import { isFault, type World } from "../../world.ts";

/** The file with the users and their numbers. */
const userFile = "/etc/passwd";

/** The length of the longest such file, in bytes. */
const longest = 16 * 1024 * 1024;

/** Reads the names of users. A user without a usual name keeps the number. */
export async function userNames(
  files: World["files"],
): Promise<(user: number) => string> {
  const content = await files.read(userFile, { longest, pipes: false });
  const text = isFault(content) ? "" : new TextDecoder().decode(content.bytes);
  const names = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [name = "", _password, id = ""] = line.split(":");
    if (/^[A-Za-z_][\w.-]*$/.test(name) && !names.has(id)) names.set(id, name);
  }
  return (user) => names.get(`${user}`) ?? `${user}`;
}
