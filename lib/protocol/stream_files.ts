/**
 * What the files say that settings of streams name, and whom a connection is
 * secured by.
 *
 * @module
 */
import { latin1 } from "./octets.ts";
import type { FileContentSetting, Flaw, Setup, Tls } from "./protocol.ts";

/** What is read from the file that `ca_file` names: a text for each certificate. */
export const caFileContent: FileContentSetting = {
  isSecret: false,
  parse: certificates,
};

/** What is read from the file that `headers_file` names: a text `Name: value` for each header, a character a byte. */
export const headersFileContent: FileContentSetting = {
  isSecret: true,
  parse: headers,
};

/** The flaw of a server that can't prove who it is. */
export const certificateFlaw: Flaw = {
  name: "certificate",
  text: "its certificate does not prove that it is the server that was meant",
  advice:
    "--ca-file names another authority to trust, --tls-name another name. A captive portal shows its own certificate: log in first",
};

/** Whom a connection has to be secured by. */
export function tlsOf({ host, values, files }: Setup): Tls {
  const name = values["tlsName"] as string | null | undefined;
  const authorities = files["caFile"] as readonly string[] | undefined;
  return {
    // A certificate has no dot at the end, nor may the handshake (RFC 6066, section 3).
    name: (name ?? host).replace(/\.$/, ""),
    authorities: authorities ?? [],
  };
}

/** Reads PEM (RFC 7468); what stands around its certificates means nothing. */
function certificates(bytes: Uint8Array): readonly string[] {
  const text = latin1(bytes);
  const [begin, end] = ["BEGIN", "END"].map((it) =>
    `-----${it} CERTIFICATE-----`
  );
  const found = text.match(new RegExp(`${begin}[\\w+/=\\s]+${end}`, "g")) ?? [];
  if (found.length > 0 && found.length === text.split(begin!).length - 1) {
    return found;
  }
  throw new RangeError(
    "expected certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE",
  );
}

/** Headers that the handshake, or the length of the request, depends on. */
const reserved =
  /^(host|upgrade|connection|sec-websocket-.*|content-length|transfer-encoding|expect|te|trailer)$/i;

const aHeader = "expected lines NAME: VALUE, e.g. Authorization: Bearer 1234";

/** Reads a header a line (RFC 9110, section 5). The messages show none of it, since it may be secret. */
function headers(bytes: Uint8Array): readonly string[] {
  const lines = latin1(bytes).split("\n")
    .map((line, index) => ({ line, at: `line ${index + 1}` }))
    .filter(({ line }) => line !== "");
  const read = lines.map(({ line, at }) => {
    // deno-lint-ignore no-control-regex
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) {
      throw new RangeError(
        `${at} has a control character, such as the CR of CR LF, ${aHeader}`,
      );
    }
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      throw new RangeError(`${at} is no header, ${aHeader}`);
    }
    if (reserved.test(name)) {
      throw new RangeError(
        `${at} sets ${name}, which belongs to the handshake: ${aHeader}`,
      );
    }
    return `${name}: ${value!.replace(/^[ \t]+|[ \t]+$/g, "")}`;
  });
  if (read.length > 0) return read;
  throw new RangeError(`there is none in it, ${aHeader}`);
}
