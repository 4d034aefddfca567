/**
 * Stands in for `lib/host/resolver.ts`: musl's getaddrinfo, in a process of its
 * own.
 *
 * @module
 */
import { DescriptorStream } from "./byte_stream.ts";
import { native } from "./native.ts";
import { TextDecoder } from "./text.ts";

const texts: Readonly<Record<string, string>> = {
  ENOTFOUND: "the name is unknown",
  ENODATA: "the name has no address",
  EAGAIN: "no server in /etc/resolv.conf can be reached",
};

/** Resolves to the addresses of a name, in the resolver's order; rejects with its error. */
export async function addressesOf(name: string): Promise<readonly string[]> {
  const bytes = await new DescriptorStream(native.resolve(name)).all();
  const lines = new TextDecoder().decode(bytes).split("\n")
    .filter((line) => line !== "");
  const [first = "!EFAIL"] = lines;
  if (!first.startsWith("!")) return lines;
  const code = first.slice(1);
  const text = texts[code] ?? "the resolver has failed";
  throw Object.assign(new Error(text), { code });
}
