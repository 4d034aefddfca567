/**
 * Draws docs/screen.svg: what `lifesign watch` shows of an evening. The same
 * program draws the same picture, whenever and wherever it is drawn. `--print`
 * prints it instead.
 *
 * @module
 */
import { playScene, size } from "./picture/scene.ts";
import { terminalSvg } from "./picture/terminal_svg.ts";

/** Where the picture is. */
const picture = new URL("../docs/screen.svg", import.meta.url);

async function main(): Promise<void> {
  if (Deno.noColor) throw new Error("Cannot draw without colours: NO_COLOR");
  const svg = terminalSvg({
    lines: await playScene(),
    columns: size.columns,
    title:
      "lifesign watch: heartbeats of an hour, lost packets, an outage, a death and a login",
  });
  if (Deno.args.includes("--print")) console.log(svg.trimEnd());
  else await Deno.writeTextFile(picture, svg);
}

await main();
