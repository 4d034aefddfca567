/**
 * What help says of commands besides the tables of their flags: how they are
 * grouped, what they need, examples, and which flags come first.
 *
 * @module
 */

/** What commands are for, in the order of help. */
export const purposes = ["ask", "keep", "look", "try", "set up"] as const;

/** What help says of a command. */
export interface Guide {
  /** What it is for. */
  readonly purpose: typeof purposes[number];
  /** What it does not work without; absent for nothing. */
  readonly needs?: string;
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** The settings and switches that most people want, as settings are named and as switches are typed; all if absent. */
  readonly common?: readonly string[];
}

const target =
  "a target such as srun+http://172.16.1.1, or --gateway with --uid or --uid-file; on the command line or in a file";

const asking = ["gateway", "uidFile", "timeout", "tries", "bind", "config"];

const guides: Readonly<Record<string, Guide>> = {
  check: {
    purpose: "ask",
    needs: target,
    examples: [
      [
        "lifesign check srun+http://172.16.1.1",
        "a portal: nothing else is needed",
      ],
      [
        "lifesign check -g 172.16.1.1 -u 123456",
        "a gateway that is asked by UDP",
      ],
      [
        "lifesign check -q ws://chat.example/",
        "a WebSocket; says nothing while it lives",
      ],
    ],
    common: [...asking, "--json", "--quiet"],
  },
  doctor: {
    purpose: "ask",
    needs: target,
    examples: [
      [
        "lifesign doctor -g 172.16.1.1 -u 123456",
        "step by step, and what to do first",
      ],
      ["lifesign doctor dorm", "a session of the settings"],
      [
        "lifesign doctor --idle-limit ws://chat.example/",
        "how long a connection may be idle",
      ],
    ],
    common: [...asking, "family", "--json"],
  },
  run: {
    purpose: "keep",
    needs: target,
    examples: [
      ["lifesign run srun+http://172.16.1.1", "until the session is dead: 10"],
      [
        "lifesign run -g 172.16.1.1 -U ~/session.uid -i 30s",
        "a heartbeat each 30 s",
      ],
      [
        "lifesign run dorm --on-dead 'logger dorm is dead'",
        "a session of the settings, and a hook",
      ],
    ],
    common: [
      "gateway",
      "uidFile",
      "interval",
      "onDead",
      "statusFile",
      "config",
      "--json",
      "logLevel",
    ],
  },
  watch: {
    purpose: "keep",
    needs: `${target}; or --status-file of an agent`,
    examples: [
      ["lifesign watch srun+http://172.16.1.1", "run, with a live screen"],
      ["lifesign watch", "the sessions of the settings"],
      [
        "lifesign watch --status-file /run/lifesign/status.json",
        "look at an agent that runs",
      ],
    ],
    common: ["gateway", "uidFile", "interval", "statusFile", "config"],
  },
  status: {
    purpose: "look",
    needs: "status_file in the settings, or --status-file FILE",
    examples: [
      [
        "lifesign status --status-file /run/lifesign/status.json",
        "what the agent last found out",
      ],
      [
        "lifesign status dorm",
        "of one session, whose verdict is the exit status",
      ],
    ],
  },
  report: {
    purpose: "look",
    needs: "history_file in the settings, or --history-file FILE",
    examples: [
      [
        "lifesign report --history-file dorm.history >dorm.html",
        "a page to hand over",
      ],
      ["lifesign report --since 7d --json", "figures of the last week"],
    ],
  },
  gateway: {
    purpose: "try",
    examples: [
      [
        "lifesign gateway --loss 0.3",
        "a gateway that loses packets, at 127.0.0.1:3335",
      ],
      ["lifesign gateway --listen ws://127.0.0.1:8080", "a WebSocket server"],
      ["lifesign gateway --listen stamp://[::1]:8620", "a reflector of STAMP"],
    ],
  },
  demo: {
    purpose: "try",
    examples: [["lifesign demo", "ten seconds; needs nothing"]],
  },
  config: {
    purpose: "set up",
    examples: [
      ["lifesign config", "every setting, and where it comes from"],
      ["lifesign config get interval", "one of them, for scripts"],
      ["lifesign config --check", "only what is wrong"],
      ["lifesign config --example", "a file to begin with"],
    ],
    common: ["config", "--check", "--example", "--reveal", "--json"],
  },
  service: {
    purpose: "set up",
    needs: "settings in a file",
    examples: [
      ["lifesign service systemd", "a unit for `run`"],
      ["lifesign service cron", "a line for `check`"],
    ],
    common: ["config", "interval", "state", "statusFile"],
  },
  completions: {
    purpose: "set up",
    examples: [["lifesign completions bash", "the script, for its folder"]],
  },
  "exit-codes": {
    purpose: "look",
    examples: [
      ["lifesign exit-codes", "the table"],
      [
        'eval "$(lifesign exit-codes --sh)"',
        "$LIFESIGN_EXIT_DEAD is 10, and so on",
      ],
    ],
  },
  help: {
    purpose: "look",
    examples: [
      ["lifesign help check", "all flags of a command"],
      ["lifesign help man >lifesign.1", "the manual page"],
    ],
  },
};

/** What help says of a command by its name; `undefined` for one that it does not list. */
export function guideOf(command: string): Guide | undefined {
  return Object.hasOwn(guides, command) ? guides[command] : undefined;
}

/** The settings of long lists of flags, by what they are about. Those in none come last. */
export const subjects: Readonly<Record<string, readonly string[]>> = {
  "Whom to ask": [
    "target",
    "gateway",
    "also",
    "uid",
    "uidFile",
    "bind",
    "family",
    "replyFrom",
  ],
  "When, and for how long": [
    "interval",
    "timeout",
    "tries",
    "jitter",
    "count",
    "giveUpAfter",
  ],
  "What counts as dead": [
    "confirm",
    "deadAfter",
    "deadOn",
    "tolerate",
    "recover",
    "strictReply",
  ],
  "Connections": [
    "hold",
    "send",
    "expect",
    "caFile",
    "tlsName",
    "headersFile",
    "cookieFile",
    "keyFile",
  ],
  "Commands to run": [
    "login",
    "loginTries",
    "onDead",
    "onFault",
    "onFaultAfter",
    "onFaultEvery",
    "onAlive",
    "onCycle",
    "hookTimeout",
  ],
  "Files": [
    "config",
    "state",
    "statusFile",
    "metricsFile",
    "metricsListen",
    "historyFile",
    "lockFile",
  ],
  "Log": ["logLevel", "logFormat", "logFile", "logMaxBytes", "logBackups"],
};
