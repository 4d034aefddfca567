/**
 * A row of the table: what was measured, against what, and what was wanted.
 *
 * @module
 */
import { type Middle, middleOf } from "./statistics.ts";
import { table } from "./markdown.ts";

/** What is wanted of a figure. */
export interface Wanted {
  /** What is judged: lifesign's figure divided by its peer's, what it is more than its peer's, or itself. */
  readonly of: "ratio" | "difference" | "value";
  /** Not more than this; any if absent. */
  readonly atMost?: number;
  /** Not less than this; any if absent. */
  readonly atLeast?: number;
}

/** What was measured of lifesign and of a peer. */
export interface Measured {
  /** What it is. */
  readonly what: string;
  /** The unit of both figures. */
  readonly unit: string;
  /** What lifesign took. */
  readonly lifesign: readonly number[];
  /** What it is compared with; absent if with nothing. */
  readonly peer?: string;
  /** What that took, in the same turns. */
  readonly others?: readonly number[];
  /** What is wanted; absent if the row is only for orientation. */
  readonly wanted?: Wanted;
}

/** A row. */
export interface Row extends Measured {
  /** The median of lifesign's figures. */
  readonly figure: number;
  /** The median of its peer's; `null` if it has none. */
  readonly peerFigure: number | null;
  /** What is judged, turn by turn; `null` if there is nothing to compare. */
  readonly compared: Middle | null;
  /** Whether that is as it is wanted; `null` if nothing is. */
  readonly met: boolean | null;
}

/** Makes a row of what was measured. */
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

/** The whole table in Markdown. */
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

/** So many sessions, in words. */
export function countOf(sessions: number): string {
  return sessions === 1
    ? "1 session"
    : `${sessions.toLocaleString("en")} sessions`;
}

/** A number with three digits that mean something, or all of those before the point. */
function digits(value: number): string {
  if (Math.abs(value) >= 100) {
    return `${Math.round(value)}`.replace(/\B(?=(\d{3})+$)/g, ",");
  }
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
