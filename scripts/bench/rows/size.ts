/**
 * The size of the executable without its runtime.
 *
 * @module
 */
import { createFolder, lifesign, quote, sh } from "../../../tests/harness.ts";
import { cutDenort } from "../../supply/denort.ts";
import { type Extent, type Row, rowOf } from "../row.ts";

const limit = 400;

/** Measures the executable and its archive. */
export async function sizeRows({ isQuick }: Extent): Promise<Row[]> {
  const program = await Deno.readFile(lifesign);
  const denort = cutDenort(program);
  await using folder = await createFolder({ lifesign: program, denort });
  const preset = isQuick ? "-1" : "-6";
  const packed = [
    await packedSize(folder.path, "lifesign", preset),
    await packedSize(folder.path, "denort", preset),
  ] as const;
  return [
    row("executable", program.length, denort.length),
    row("its .tar.xz", ...packed),
  ];
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
  const { code, stdout } = await sh(
    `cd ${quote(folder)} && tar -c ${name} | xz ${preset} -T0 | wc -c`,
  );
  const size = Number(stdout);
  if (code === 0 && size > 0) return size;
  throw new Error(`Cannot pack ${name}: expected tar and xz on PATH`);
}
