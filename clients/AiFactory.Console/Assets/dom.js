// Elements out of data. Text only ever becomes text nodes, never markup.
const svgNames = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(3).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

export const s = (tag, attributes, ...children) => fill(document.createElementNS(svgNames, tag), attributes, children);

export const card = (title, ...children) => h('section', { class: 'card' }, title && h('h2', null, title), children);

export const link = (text, ...segments) => h('a', { href: `#/${segments.map(encodeURIComponent).join('/')}` }, text);

export const badge = (text, kind) => h('span', { class: `badge ${kind}` }, text);

export const tile = (name, value) => h('div', { class: 'tile' }, h('span', null, name), h('b', null, value));

export const facts = (...pairs) => h('dl', null, pairs.filter(Boolean).map(([name, value]) => [h('dt', null, name), h('dd', null, value)]));

/**
 * A table. A heading that begins with '>' is of numbers, aligned right.
 * @param rows arrays of cells: text or elements
 */
export function table(caption, headings, rows, none = 'None yet.') {
  if (rows.length === 0) return h('p', { class: 'soft' }, none);
  const numeric = headings.map(heading => heading.startsWith('>'));
  const kind = i => numeric[i] ? 'number' : null;
  return h('div', { class: 'scroll' }, h('table', null,
    h('caption', { class: 'hidden' }, caption),
    h('thead', null, h('tr', null, headings.map((heading, i) => h('th', { scope: 'col', class: kind(i) }, heading.replace(/^>/, ''))))),
    h('tbody', null, rows.map(row => h('tr', { class: row.kind }, row.map((cell, i) => h('td', { class: kind(i) }, cell)))))));
}

/** Marks a row of a table as a sum. */
export const sum = row => Object.assign(row, { kind: 'sum' });

export const swatch = index => h('span', { class: `swatch series-${index % 4}`, 'aria-hidden': 'true' });
