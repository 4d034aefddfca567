import { assert, assertEquals } from "@std/assert";
import { tlsFault } from "./tls_error.ts";

const peer = "192.0.2.1";
const day = 86_400;

/** What the runtime says, and the fault: its code, and its message but for the beginning. */
const rows: [string, string, string][] = [
  [
    "UnknownIssuer",
    "ECERTIFICATE",
    "is of an authority that is not trusted here: `ca_file` names others",
  ],
  [
    `certificate expired: verification time ${
      3 * day
    } (UNIX), but certificate is not valid after ${day} (2 seconds ago)`,
    "ECERTIFICATE",
    "has expired on 1970-01-02, and this machine says that it is 1970-01-04",
  ],
  [
    `certificate not valid yet: verification time ${day} (UNIX), but certificate is not valid before ${
      2 * day
    } (2 seconds in future)`,
    "ECERTIFICATE",
    "is not valid before 1970-01-03, and this machine says that it is 1970-01-02",
  ],
  [
    "certificate expired: verification time 1 (UNIX), but certificate is not valid after 99999999999999999 (0 seconds ago)",
    "ECERTIFICATE",
    "has expired on another day, and this machine says that it is 1970-01-01",
  ],
  [
    'certificate not valid for name "a.example"; certificate is only valid for IpAddress(192.0.2.7), IpAddress(0::1) or DnsName("*.b.example")',
    "ECERTIFICATE",
    "is for 192.0.2.7, ::1, *.b.example and not for a.example",
  ],
  [
    `certificate not valid for name "a.example"; certificate is only valid for ${
      Array.from({ length: 9 }, (_, k) => `DnsName("${k}.example")`).join(", ")
    }`,
    "ECERTIFICATE",
    "is for 0.example, 1.example, 2.example, others and not for a.example",
  ],
  [
    'certificate not valid for name "a.example"; certificate is not valid for any names (according to its subjectAltName extension)',
    "ECERTIFICATE",
    "has no name in it: it needs a subjectAltName",
  ],
  [
    'certificate not valid for name "a.example"',
    "ECERTIFICATE",
    "has no name in it: it needs a subjectAltName",
  ],
  [
    "Other(OtherError(CaUsedAsEndEntity))",
    "ECERTIFICATE",
    "is an authority's own (CA:TRUE), which no server can have, whatever `ca_file` says",
  ],
  [
    "Other(OtherError(UnsupportedCertVersion))",
    "ECERTIFICATE",
    "is of an old kind: X.509 version 3 is needed, with a subjectAltName",
  ],
  ["Revoked", "ECERTIFICATE", "was revoked"],
  ["BadSignature", "ECERTIFICATE", "is not accepted: BadSignature"],
  [
    `\x1b[31m${"x".repeat(1000)}`,
    "ECERTIFICATE",
    `is not accepted: ?[31m${"x".repeat(95)}`,
  ],
];

Deno.test("tlsFault() says in plain words what is wrong with a certificate", () => {
  for (const [words, code, message] of rows) {
    const error = new Deno.errors.InvalidData(
      `invalid peer certificate: ${words}`,
    );
    assertEquals(tlsFault(error, peer), {
      code,
      message: `the certificate of ${peer} ${message}`,
    });
  }
});

Deno.test("tlsFault() tells who does not speak TLS from who breaks it off, and from other errors", () => {
  const { InvalidData, UnexpectedEof, ConnectionReset } = Deno.errors;
  const rows: [Error, string, string][] = [
    [
      new InvalidData("received corrupt message of type InvalidContentType"),
      "EPROTO",
      `${peer} does not speak TLS`,
    ],
    [
      new InvalidData("received fatal alert: HandshakeFailure"),
      "EPROTO",
      `${peer} breaks off TLS: HandshakeFailure`,
    ],
    [
      new InvalidData("peer is incompatible: ServerDoesNotSupportTls12Or13"),
      "EPROTO",
      `${peer} does not speak TLS as it should: peer is incompatible: ServerDoesNotSupportTls12Or13`,
    ],
    [
      new UnexpectedEof("unexpected end of file"),
      "EOF",
      `${peer} has ended the connection in the middle`,
    ],
    [
      Object.assign(new ConnectionReset("reset"), { code: "ECONNRESET" }),
      "ECONNRESET",
      `the connection was reset by ${peer} or by something on the way`,
    ],
    [
      new TypeError("Invalid hostname: 'a b'"),
      "EINVAL",
      "there are no certificates for such a name",
    ],
    [
      new Error("invalid peer certificate: BadEncoding"),
      "EINVAL",
      "an authority that is to be trusted can't be read",
    ],
  ];
  for (const [error, code, message] of rows) {
    assertEquals(tlsFault(error, peer), { code, message });
  }
});

Deno.test("tlsFault() takes whatever is thrown", () => {
  for (const odd of [undefined, null, 7, "text", {}]) {
    assert(tlsFault(odd, peer).message.startsWith(`${peer}: `));
  }
});
