import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Readable where a page is dark, too: the picture brings its white. */
const config = {
  background: 'white',
  padding: 12,
  font: 'sans-serif',
  axis: { labelFontSize: 11, titleFontSize: 12, gridColor: '#eee' },
  legend: { labelFontSize: 11, titleFontSize: 12, labelLimit: 300 },
  title: { anchor: 'start', fontSize: 13, fontWeight: 'normal', subtitleFontSize: 11, offset: 10 },
  view: { stroke: '#888' },
} as const;

/** A logarithmic axis whose labels are the powers of ten. */
export const logarithmic = {
  type: 'quantitative',
  scale: { type: 'log' },
  axis: {
    labelOverlap: false,
    labelExpr: "pow(10, round(log(datum.value) / LN10)) == datum.value ? format(datum.value, ',') : ''",
  },
} as const;

/** A Vega-Lite specification as an SVG picture, the same text for the same specification. */
export async function draw(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(spec, { config }).spec), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}
