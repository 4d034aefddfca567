/**
 * Where Deno keeps what it downloads.
 *
 * @module
 */

/** Asks Deno for the folder. */
export async function findDenoDir(): Promise<string> {
  const deno = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] });
  const { stdout } = await deno.output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
