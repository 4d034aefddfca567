/**
 * A Dockerfile.
 *
 * @module
 */
import { version } from "../../version.ts";
import type { Deployment } from "./deployment.ts";

/** Where everything is inside of the image. */
const paths = {
  executable: "/bin/lifesign",
  config: "/etc/lifesign.conf",
  folder: "/run/lifesign",
  status: "/run/lifesign/status.json",
};

/** The number of the user nobody, who has no rights. */
const nobody = 65534;

/** Writes a Dockerfile around an executable that needs no libc. Commands of the user need a shell. `target` is the triple of this build, which may need glibc. */
export function dockerfile(
  { executable, config, args, hasHooks, writes }: Deployment,
  target: string,
): string {
  // The check of its health reads what run writes.
  const isStatus = (arg: string) => arg.startsWith("--status-file=");
  const status = args.find(isStatus) ?? `--status-file=${paths.status}`;
  const others = args.filter((arg) => !isStatus(arg));
  const run = [paths.executable, "run", "-c", paths.config, status, ...others];
  const health = [paths.executable, "status", "-q", status];
  const files = writes.filter((path) => !path.startsWith(`${paths.folder}/`));
  const mounts = files.map((path) => `#   ${path}\n`).join("");
  const [processor] = target.split("-");
  const folder = `lifesign-${version}-linux-${processor}-static`;
  const [source, other] = target.includes("-musl") ? [executable, ""] : [
    `${folder}/lifesign`,
    `# (this one needs glibc; that of ${folder}.tar.gz
# does not, but knows no TLS)
`,
  ];
  return `# Printed by "lifesign service docker". Beside it belong an executable that needs no
# libc (a static build for the image's processor), and the settings:
${other}#   cp ${inComment(source)} lifesign
#   cp ${inComment(config)} lifesign.conf
#   docker build -t lifesign .
#   docker run -d --restart=on-failure --read-only --tmpfs ${paths.folder} lifesign
${
    mounts === ""
      ? ""
      : `# These files are written, too, and need a folder of the host (-v):\n${mounts}`
  }FROM ${hasHooks ? "busybox:stable-musl" : "scratch"}
COPY --chmod=755 lifesign ${paths.executable}
COPY --chmod=644 lifesign.conf ${paths.config}
USER ${nobody}:${nobody}
HEALTHCHECK --interval=60s --timeout=5s --start-period=60s CMD ${
    JSON.stringify(health)
  }
ENTRYPOINT ${JSON.stringify(run)}
`;
}

/** A path on a comment's line. */
function inComment(path: string): string {
  return JSON.stringify(path);
}
