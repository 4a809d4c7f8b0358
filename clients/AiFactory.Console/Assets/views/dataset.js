import { get } from '../api.js';
import { badge, card, facts, h, link, table } from '../dom.js';
import { bytes, count, figure, time } from '../format.js';
import { histogram } from '../plots.js';

export async function dataset(name, version = 'latest') {
  const [whole, one] = await Promise.all([get('v1', 'datasets', name), get('v1', 'datasets', name, 'versions', version)]);
  const quarantine = one.quarantinedRows > 0 ? await get('v1', 'datasets', name, 'versions', String(one.version), 'quarantine') : [];
  return {
    title: `${name}@${one.version}`,
    lead: `Dataset version of ${time(one.createdAt)}`,
    content: [
      h('div', { class: 'grid' },
        card('Version', facts(
          ['Rows', count(one.rows)],
          ['Quarantined', count(one.quarantinedRows)],
          ['Contract', `${one.contract.name} ${one.contract.version}, ${one.contract.columns.length} columns`],
          ['Source', `${one.source.fileName}, ${bytes(one.source.sizeBytes)}`],
          ['SHA-256', h('code', null, one.source.sha256)])),
        card('Versions', table('Versions', ['Version', '>Rows', '>Quarantined', 'Created'], [...whole.versions].reverse().map(other => [
          link(`${name}@${other.version}`, 'datasets', name, other.version), count(other.rows), count(other.quarantinedRows), time(other.createdAt),
        ])), refused(whole))),
      card('Quarantine', table('Quarantined rows', ['>Row', 'Column', 'Reason', 'Value', 'Line as received'], quarantine.map(row => [
        count(row.row), row.column ?? 'whole row', badge(row.reason, 'bad'), row.value ?? '', h('code', null, row.line),
      ]), 'Every row kept the contract.')),
      card('Profile', profile(one)),
    ],
  };
}

const refused = whole => whole.ingestions.filter(ingestion => ingestion.status === 'refused').slice(-5).map(ingestion =>
  h('p', null, badge('refused', 'bad'), ` ${ingestion.source.fileName}, ${time(ingestion.startedAt)}: ${ingestion.refusal?.what ?? ''}`));

function profile(one) {
  const promises = new Map(one.contract.columns.map(column => [column.name, column]));
  return table('Profile by column', ['Column', 'Type', 'Promise', '>Nulls', '>Distinct', '>Minimum', '>Median', '>Maximum', '>Mean', 'Distribution'], one.profile.columns.map(column => [
    column.name, column.type, promise(promises.get(column.name)), count(column.nulls), count(column.distinct), figure(column.minimum), figure(column.quantiles?.[3]), figure(column.maximum),
    figure(column.mean),
    column.histogram?.length ? histogram(column.name, column.histogram) : (column.topValues ?? []).slice(0, 4).map(top => `${top.value} (${count(top.count)})`).join(', '),
  ]));
}

const promise = column => !column ? '' : [
  column.unique && column.required ? 'key' : column.required ? 'required' : '',
  column.minimum !== undefined || column.maximum !== undefined ? `${figure(column.minimum)} to ${figure(column.maximum)}` : '',
  column.allowedValues ? `one of ${column.allowedValues.length}` : '',
].filter(Boolean).join(', ');
