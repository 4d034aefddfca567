/**
 * The rows of the table: measurement, peer and target.
 *
 * @module
 */
import { type Middle, middleOf } from "./statistics.ts";
import { table } from "./markdown.ts";

/** How thoroughly to measure. */
export interface Extent {
  /** How many samples each median has. */
  readonly samples: number;
  /** Whether to take shorter samples and fewer sessions, as a mere try. */
  readonly isQuick: boolean;
}

/** The target of a figure. */
export interface Wanted {
  /** What is judged: the ratio to the peer's figure, the difference, or the figure itself. */
  readonly of: "ratio" | "difference" | "value";
  /** The upper limit; none if absent. */
  readonly atMost?: number;
  /** The lower limit; none if absent. */
  readonly atLeast?: number;
}

/** Figures of lifesign and a peer. */
export interface Measured {
  /** The quantity. */
  readonly what: string;
  /** The unit of both figures. */
  readonly unit: string;
  /** The figures of lifesign. */
  readonly lifesign: readonly number[];
  /** The name of the peer; absent without one. */
  readonly peer?: string;
  /** The figures of the peer in the same turns. */
  readonly others?: readonly number[];
  /** The target; absent without one. */
  readonly wanted?: Wanted;
}

/** A row. */
export interface Row extends Measured {
  /** The median of lifesign's figures. */
  readonly figure: number;
  /** The median of the peer's figures; `null` without a peer. */
  readonly peerFigure: number | null;
  /** The comparison of all turns; `null` without a peer. */
  readonly compared: Middle | null;
  /** Whether the target is met; `null` without one. */
  readonly met: boolean | null;
}

/** Makes a row of measured figures. */
export function rowOf(measured: Measured): Row {
  const { lifesign, others, wanted } = measured;
  const compared = compare(measured);
  const { atMost = Infinity, atLeast = -Infinity } = wanted ?? {};
  return {
    ...measured,
    figure: middleOf(lifesign).median,
    peerFigure: others === undefined ? null : middleOf(others).median,
    compared,
    met: compared === null || wanted === undefined
      ? null
      : compared.median <= atMost && compared.median >= atLeast,
  };
}

function compare({ lifesign, others, wanted }: Measured): Middle | null {
  const of = wanted?.of ?? "ratio";
  if (of === "value") return middleOf(lifesign);
  if (others === undefined) return null;
  return middleOf(
    lifesign.map((value, k) =>
      of === "ratio" ? value / others[k]! : value - others[k]!
    ),
  );
}

/** Makes the whole Markdown table. */
export function tableOf(rows: readonly Row[]): string {
  const head = ["", "lifesign", "peer", "compared", "wanted", "met"];
  return table(head, rows.map(cellsOf), 1);
}

function cellsOf(row: Row): string[] {
  const { what, unit, peer, figure, peerFigure, wanted, met } = row;
  return [
    what,
    `${digits(figure)} ${unit}`,
    peer === undefined || peerFigure === null
      ? ""
      : `${peer}: ${digits(peerFigure)} ${unit}`,
    comparisonOf(row),
    wanted === undefined ? "" : limitOf(wanted, unit),
    met === null ? "" : met ? "yes" : "no",
  ];
}

function comparisonOf({ compared, wanted, lifesign, unit }: Row): string {
  const of = wanted?.of ?? "ratio";
  if (compared === null || of === "value") return "";
  const { low, median, high } = compared;
  const text = (value: number) => of === "ratio" ? fixed(value) : signed(value);
  const spread = lifesign.length > 1 ? ` (${text(low)}–${text(high)})` : "";
  return `${text(median)}${of === "ratio" ? " ×" : ` ${unit}`}${spread}`;
}

function limitOf({ of, atMost, atLeast }: Wanted, unit: string): string {
  const [sign, limit] = atMost === undefined ? ["≥", atLeast!] : ["≤", atMost];
  if (of === "ratio") return `${sign} ${limit} ×`;
  return `${sign} ${of === "difference" ? "+" : ""}${limit} ${unit}`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${digits(Math.abs(value))}`;
}

function fixed(value: number): string {
  return value.toFixed(2);
}

/** Writes a number of sessions. */
export function countOf(sessions: number): string {
  return sessions === 1
    ? "1 session"
    : `${sessions.toLocaleString("en")} sessions`;
}

/** Formats a number with three significant digits, or all before the point. */
function digits(value: number): string {
  if (Math.abs(value) >= 100) {
    return `${Math.round(value)}`.replace(/\B(?=(\d{3})+$)/g, ",");
  }
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
