import { h, s } from './dom.js';
import { figure, fixed } from './format.js';

/** A column's histogram. */
export function histogram(name, bins) {
  const most = Math.max(...bins.map(bin => bin.count), 1);
  const width = 120 / bins.length;
  return s('svg', { class: 'spark', viewBox: '0 0 120 24', role: 'img', 'aria-label': `Histogram of ${name}, ${figure(bins[0].from)} to ${figure(bins.at(-1).to)}` },
    bins.map((bin, i) => {
      const height = bin.count === 0 ? 0 : Math.max(1, 24 * bin.count / most);
      return s('rect', { class: 'bar', x: i * width, y: 24 - height, width: Math.max(.5, width - 1), height },
        s('title', null, `${figure(bin.from)} to ${figure(bin.to)}: ${bin.count}`));
    }));
}

/** Ticks at round numbers within a range. */
function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(unit => unit * power).find(candidate => candidate >= rough);
  const found = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) found.push(Number(tick.toPrecision(12)));
  return found;
}

/**
 * Estimates with their 95% intervals on one axis.
 * @param rows {label, estimate: {value, low, high}, series}
 * @param options {digits, zero: whether the axis must show zero}
 */
export function intervals(title, rows, { digits, zero = false }) {
  rows = rows.filter(row => row.estimate);
  if (rows.length === 0) return h('p', { class: 'soft' }, 'No outcomes yet.');
  const ends = rows.flatMap(row => [row.estimate.low, row.estimate.high]).concat(zero ? [0] : []);
  let [low, high] = [Math.min(...ends), Math.max(...ends)];
  const margin = (high - low || Math.abs(high) || 1) * .08;
  [low, high] = [low - margin, high + margin];
  const [left, right, rowHeight] = [78, 425, 30];
  const bottom = rows.length * rowHeight + 6;
  const x = value => left + (value - low) / (high - low) * (right - left);
  const label = row => `${row.label}: ${fixed(row.estimate.value, digits)}, 95% interval ${fixed(row.estimate.low, digits)} to ${fixed(row.estimate.high, digits)}`;
  return s('svg', { class: 'plot', viewBox: `0 0 600 ${bottom + 24}`, role: 'img', 'aria-label': `${title}. ${rows.map(label).join('. ')}` },
    ticks(low, high).map(tick => [
      s('line', { class: 'axis', x1: x(tick), x2: x(tick), y1: 0, y2: bottom }),
      s('text', { x: x(tick), y: bottom + 16, 'text-anchor': 'middle' }, figure(tick)),
    ]),
    zero && s('line', { class: 'zero', x1: x(0), x2: x(0), y1: 0, y2: bottom }),
    rows.map((row, i) => {
      const y = i * rowHeight + rowHeight / 2 + 3;
      return s('g', { class: `series-${row.series % 4}` },
        s('title', null, label(row)),
        s('text', { class: 'strong', x: left - 14, y: y + 4, 'text-anchor': 'end' }, row.label),
        s('line', { class: 'whisker', x1: x(row.estimate.low), x2: x(row.estimate.high), y1: y, y2: y }),
        s('circle', { class: 'mark', cx: x(row.estimate.value), cy: y, r: 6 }),
        s('text', { x: right + 12, y: y + 4 }, `${fixed(row.estimate.value, digits)} [${fixed(row.estimate.low, digits)}, ${fixed(row.estimate.high, digits)}]`));
    }));
}

/**
 * Curves over epochs.
 * @param curves {name, values, series}
 */
export function curves(title, traces) {
  const all = traces.flatMap(trace => trace.values).filter(Number.isFinite);
  const length = Math.max(...traces.map(trace => trace.values.length));
  if (all.length === 0 || length < 2) return null;
  let [low, high] = [Math.min(...all), Math.max(...all)];
  if (low === high) high = low + 1;
  const [left, right, height] = [50, 590, 150];
  const x = i => left + i / (length - 1) * (right - left);
  const y = value => 8 + (high - value) / (high - low) * (height - 16);
  return h('div', null,
    h('div', { class: 'legend' }, traces.map(trace => h('span', null, h('span', { class: `swatch series-${trace.series}` }), trace.name))),
    s('svg', { class: 'plot', viewBox: `0 0 600 ${height + 24}`, role: 'img', 'aria-label': `${title}: ${traces.map(trace => `${trace.name} ends at ${figure(trace.values.at(-1))}`).join(', ')}` },
      ticks(low, high).map(tick => [
        s('line', { class: 'axis', x1: left, x2: right, y1: y(tick), y2: y(tick) }),
        s('text', { x: left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, figure(tick)),
      ]),
      s('text', { x: left, y: height + 16 }, 'epoch 1'),
      s('text', { x: right, y: height + 16, 'text-anchor': 'end' }, `epoch ${length}`),
      traces.map(trace => s('polyline', { class: `trace series-${trace.series}`, points: trace.values.map((value, i) => `${x(i)},${y(value)}`).join(' ') }))));
}

/** A share of 1 as a bar. */
export const share = (fraction, label) => {
  const bar = s('svg', { class: 'meter', viewBox: '0 0 100 8', preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
  bar.append(s('rect', { class: 'bar', width: Math.max(0, Math.min(1, fraction)) * 100, height: 8 }));
  return bar;
};
