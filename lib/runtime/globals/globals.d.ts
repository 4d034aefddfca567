/**
 * The global names of the static build, for `deno.static.json`.
 *
 * @module
 */

/** The types that lib/host/ names. */
declare namespace Deno {
  /** See `lib/runtime/offered.ts`. */
  type Addr = import("../offered.ts").Addr;
  /** See `lib/runtime/offered.ts`. */
  type ChildProcess = import("../offered.ts").ChildProcess;
  /** See `lib/runtime/offered.ts`. */
  type Conn = import("../offered.ts").Conn;
  /** See `lib/runtime/offered.ts`. */
  type DatagramConn = import("../offered.ts").DatagramConn;
  /** See `lib/runtime/offered.ts`. */
  type FileInfo = import("../offered.ts").FileInfo;
  /** See `lib/runtime/offered.ts`. */
  type FsFile = import("../offered.ts").FsFile;
  /** See `lib/runtime/offered.ts`. */
  type NetAddr = import("../offered.ts").NetAddr;
  /** See `lib/runtime/offered.ts`. */
  type OpenOptions = import("../offered.ts").OpenOptions;
  /** See `lib/runtime/offered.ts`. */
  type Signal = import("../offered.ts").Signal;
  /** See `lib/runtime/offered.ts`. */
  type TcpConn = import("../offered.ts").TcpConn;
  /** See `lib/runtime/offered.ts`. */
  type TcpListener = import("../offered.ts").TcpListener;
}

/** See `lib/runtime/offered.ts`. */
declare const Deno: import("../offered.ts").Offered;

/** See `lib/runtime/offered.ts`. */
declare const AbortController:
  import("../offered.ts").Globals["AbortController"];
/** See `lib/runtime/offered.ts`. */
declare const TextDecoder: import("../offered.ts").Globals["TextDecoder"];
/** See `lib/runtime/offered.ts`. */
declare const TextDecoderStream:
  import("../offered.ts").Globals["TextDecoderStream"];
/** See `lib/runtime/offered.ts`. */
declare const TextEncoder: import("../offered.ts").Globals["TextEncoder"];
/** See `lib/runtime/offered.ts`. */
declare const URL: import("../offered.ts").Globals["URL"];
/** See `lib/runtime/offered.ts`. */
declare const performance: import("../offered.ts").Globals["performance"];
/** See `lib/runtime/offered.ts`. */
declare const crypto: import("../offered.ts").Globals["crypto"];
/** See `lib/runtime/offered.ts`. */
declare const process: import("../offered.ts").Globals["process"];
/** See `lib/runtime/offered.ts`. */
declare const setTimeout: import("../offered.ts").Globals["setTimeout"];
/** See `lib/runtime/offered.ts`. */
declare const clearTimeout: import("../offered.ts").Globals["clearTimeout"];
/** See `lib/runtime/offered.ts`. */
declare const queueMicrotask: import("../offered.ts").Globals["queueMicrotask"];
/** See `lib/runtime/offered.ts`. */
declare const addEventListener:
  import("../offered.ts").Globals["addEventListener"];

/** See `lib/runtime/offered.ts`. */
type AbortSignal = import("../offered.ts").AbortSignal;
/** See `lib/runtime/offered.ts`. */
type AbortController = import("../offered.ts").AbortController;
/** See `lib/runtime/offered.ts`. */
type ReadableStream<_Chunk> = import("../offered.ts").ByteStream;
