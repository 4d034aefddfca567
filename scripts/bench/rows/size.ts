/**
 * How much larger the executable is than the runtime in it.
 *
 * @module
 */
import { lifesign } from "../../../tests/harness.ts";
import { cutDenort } from "../../supply/denort.ts";
import type { Extent } from "../extent.ts";
import { type Row, rowOf } from "../row.ts";

const limit = 400;

/** Measures the executable and its archive. */
export async function sizeRows({ isQuick }: Extent): Promise<Row[]> {
  const folder = await Deno.makeTempDir();
  try {
    const program = await Deno.readFile(lifesign);
    const denort = cutDenort(program);
    await Deno.writeFile(`${folder}/lifesign`, program);
    await Deno.writeFile(`${folder}/denort`, denort);
    const preset = isQuick ? "-1" : "-6";
    const packed = [
      await packedSize(folder, "lifesign", preset),
      await packedSize(folder, "denort", preset),
    ] as const;
    return [
      row("executable", program.length, denort.length),
      row("its .tar.xz", ...packed),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function row(what: string, size: number, denort: number): Row {
  return rowOf({
    what,
    unit: "KB",
    lifesign: [size / 1024],
    peer: "denort",
    others: [denort / 1024],
    wanted: { of: "difference", atMost: limit },
  });
}

async function packedSize(
  folder: string,
  name: string,
  preset: string,
): Promise<number> {
  const { success, stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", `tar -c ${name} | xz ${preset} -T0 | wc -c`],
    cwd: folder,
    stdin: "null",
  }).output();
  const size = Number(new TextDecoder().decode(stdout));
  if (success && size > 0) return size;
  throw new Error(`Cannot pack ${name}: expected tar and xz on PATH`);
}
