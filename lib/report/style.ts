/**
 * The style of a page.
 *
 * @module
 */
import { chartStyle } from "./chart.ts";

/** The style sheet of a page and its charts. */
export const pageStyle = `${chartStyle}
*{box-sizing:border-box}
html{background:var(--ground);-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem;color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
h1,h2,h3,p,dl,dd,ul,figure{margin:0;padding:0}
h1{font-size:1.9rem;line-height:1.2;letter-spacing:-.01em}
h2{font-size:1.4rem;line-height:1.25}
h3{font-size:.95rem}
small{font-size:.55em;font-weight:400;color:var(--soft);letter-spacing:0;white-space:nowrap}
h2 small{font-size:.65em}
.brand{font-size:.8rem;font-weight:600;color:var(--soft);margin-bottom:.35rem}
.soft,figcaption p,footer p{color:var(--soft);font-size:.875rem}
.note{margin-top:1rem;padding:.5rem .75rem;border-left:3px solid var(--network);background:var(--faint);font-size:.9rem}
section{margin-top:2rem}
section+section{margin-top:3rem;padding-top:2rem;border-top:1px solid var(--line)}
section h3{margin-top:2rem}
section figcaption h3{margin:0}
section *+h2{margin-top:2.5rem}
.story{margin:.25rem 0 .5rem;font-size:1.25rem;line-height:1.4;max-width:42rem}
h2+.story{margin-top:.75rem}
section>p{max-width:46rem}
.story~p{margin-top:.35rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:.15rem 2rem;margin-top:1rem;padding:.75rem 1rem;background:var(--faint);font-size:.875rem}
.facts div{display:flex;gap:.75rem}
.facts dt{flex:0 0 7.2rem}
.facts dd{overflow-wrap:anywhere}
dt{color:var(--soft)}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));margin:1.5rem 0 2rem;border:solid var(--line);border-width:1px 0}
.tiles div{display:flex;flex-direction:column-reverse;justify-content:flex-end;padding:.75rem .75rem .75rem 0}
.tiles dt{font-size:.8rem;line-height:1.3}
.tiles dd{white-space:nowrap;font-size:1.15rem;font-weight:600;line-height:1.3}
.tiles small{display:block;font-size:.75rem;line-height:1.3;white-space:normal}
figure{margin-top:2rem}
figcaption{margin-bottom:.6rem}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1rem;list-style:none;color:var(--soft);font-size:.875rem}
.legend b{white-space:nowrap;color:var(--ink);font-weight:600}
.sample{vertical-align:-2px}
.chart{display:block;overflow:visible}
.plot{display:grid;grid-template-columns:4rem minmax(0,1fr);gap:0 .5rem}
.labels{display:block;width:100%;overflow:visible}
.strip{width:40%;min-width:13rem}
.strip svg{display:block}
.overview tbody th,.overview tbody td{padding-top:.15rem;padding-bottom:.15rem;vertical-align:middle}
.overview tbody th{max-width:11rem;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.overview thead th{vertical-align:bottom}
.scroll{overflow-x:auto;margin-top:.6rem}
table{width:100%;border-collapse:collapse;font-size:.875rem}
th,td{padding:.4rem 1rem .4rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{color:var(--soft);font-weight:500}
td:last-child,th:last-child{padding-right:0}
td small{font-size:.85em;white-space:normal}
td time,.n,.w{white-space:nowrap}
.n{text-align:right}
tbody th{font-weight:600}
span.network{color:var(--warn);font-weight:600}
span.machine{color:var(--machine);font-weight:600}
span.dead{color:var(--dead);font-weight:700}
a{color:inherit;text-decoration-color:var(--soft);text-underline-offset:.2em}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
footer{margin-top:3rem;padding-top:1.5rem;border-top:1px solid var(--line)}
footer h2{font-size:.95rem}
footer p{max-width:46rem;margin-top:.5rem}
@media (max-width:40rem){body{padding-top:1.5rem}h1{font-size:1.5rem}.story{font-size:1.1rem}h1 small,h2 small{display:block;margin-top:.2rem;font-size:.85rem;white-space:normal}
td time{white-space:normal}th,td{padding-right:.5rem}table{font-size:.78rem}.tiles{grid-template-columns:repeat(2,1fr)}.plot{grid-template-columns:3.9rem minmax(0,1fr)}}
@page{margin:14mm 12mm}
@media print{body{max-width:none;padding:0;font-size:10.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2,h3,figcaption,.story,.soft{break-after:avoid}figure,tr,.tiles,.facts,.note,p{break-inside:avoid}thead{display:table-header-group}.break{break-before:page}
section+section{border-top:0;padding-top:0;margin-top:1.5rem}section.break{margin-top:0}footer{break-inside:avoid}.scroll{overflow:visible}table{font-size:8.5pt}th,td{padding:.25rem .6rem .25rem 0}a{text-decoration:none}}`;
