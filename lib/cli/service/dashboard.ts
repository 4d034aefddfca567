/**
 * A dashboard for Grafana, over the metrics that `run` writes.
 *
 * @module
 */

/** What a panel shows. */
interface Panel {
  /** How Grafana draws it. */
  readonly type: "state-timeline" | "timeseries" | "table";
  /** Its title. */
  readonly title: string;
  /** What Prometheus is asked, with the legend of each answer. */
  readonly queries: readonly (readonly [expr: string, legend: string])[];
  /** Grafana's name of the unit; absent for plain numbers. */
  readonly unit?: string;
  /** How many of the 24 columns it takes, and how many rows. */
  readonly size: readonly [width: number, height: number];
  /** Grafana's options for its values; none if absent. */
  readonly more?: object;
}

const chosen = '{session=~"$session"}';
const where = "{{session}} at {{instance}}";

/** The states of a session, as numbers. */
const states: readonly (readonly [name: string, colour: string])[] = [
  ["dead", "red"],
  ["fault", "orange"],
  ["alive", "green"],
];

const panels: readonly Panel[] = [
  {
    type: "state-timeline",
    title: "Sessions",
    queries: [[
      'sum without (verdict) (lifesign_verdict{verdict!="dead",session=~"$session"}) + sum without (verdict) (lifesign_verdict{verdict="alive",session=~"$session"})',
      where,
    ]],
    size: [24, 8],
    more: {
      mappings: [{
        type: "value",
        options: Object.fromEntries(
          states.map(([text, color], index) => [
            `${index}`,
            { text, color, index },
          ]),
        ),
      }],
    },
  },
  {
    type: "timeseries",
    title: "Round trip",
    queries: [
      [
        `rate(lifesign_rtt_seconds_sum${chosen}[$__rate_interval]) / rate(lifesign_rtt_seconds_count${chosen}[$__rate_interval])`,
        `${where}: mean`,
      ],
      [
        `histogram_quantile(0.95, rate(lifesign_rtt_seconds_bucket${chosen}[$__rate_interval]))`,
        `${where}: 95 %`,
      ],
    ],
    unit: "s",
    size: [12, 8],
  },
  {
    type: "timeseries",
    title: "Lost tries",
    queries: [[
      `rate(lifesign_losses_total${chosen}[$__rate_interval]) / rate(lifesign_tries_total${chosen}[$__rate_interval])`,
      where,
    ]],
    unit: "percentunit",
    size: [12, 8],
  },
  {
    type: "timeseries",
    title: "Logins in an hour",
    queries: [[
      `increase(lifesign_logins_total${chosen}[1h])`,
      `${where}: {{result}}`,
    ]],
    size: [12, 8],
  },
  {
    type: "timeseries",
    title: "Time since the last sign of life",
    queries: [[
      `time() - lifesign_last_alive_timestamp_seconds${chosen}`,
      where,
    ]],
    unit: "s",
    size: [12, 8],
  },
];

const source = { type: "prometheus", uid: "${source}" };

/** Writes the dashboard as a file to import. */
export function dashboard(): string {
  let [x, y] = [0, 0];
  const placed = panels.map(({ size: [w, h], ...panel }, at) => {
    const gridPos = { x, y, w, h };
    [x, y] = x + w >= 24 ? [0, y + h] : [x + w, y];
    return panelOf(panel, at + 1, gridPos);
  });
  return `${
    JSON.stringify(
      {
        title: "lifesign",
        uid: "lifesign",
        tags: ["lifesign"],
        schemaVersion: 39,
        editable: true,
        time: { from: "now-24h", to: "now" },
        refresh: "1m",
        templating: {
          list: [
            { name: "source", type: "datasource", query: "prometheus" },
            {
              name: "session",
              type: "query",
              datasource: source,
              query: {
                query: "label_values(lifesign_verdict, session)",
                refId: "session",
              },
              refresh: 2,
              includeAll: true,
              multi: true,
              allValue: ".*",
              current: { text: "All", value: "$__all" },
            },
          ],
        },
        panels: placed,
      },
      null,
      2,
    )
  }\n`;
}

function panelOf(
  { type, title, queries, unit, more }: Omit<Panel, "size">,
  id: number,
  gridPos: object,
): object {
  return {
    id,
    type,
    title,
    gridPos,
    datasource: source,
    fieldConfig: {
      defaults: { ...unit !== undefined && { unit }, ...more },
      overrides: [],
    },
    targets: queries.map(([expr, legendFormat], at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: source,
      expr,
      legendFormat,
    })),
  };
}
