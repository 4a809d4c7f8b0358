import { get } from '../api.js';
import { badge, card, facts, h, link } from '../dom.js';
import { bytes, count, figure, interval, time, usd } from '../format.js';

const text = value => typeof value === 'number' ? figure(value) : typeof value === 'string' ? value : JSON.stringify(value);

export async function decision(id) {
  if (!id) return { title: 'Decisions', lead: 'Every decision can be explained, from its answer back to the source file.', content: ask() };
  const one = await get('v1', 'decisions', id);
  return {
    title: one.prediction ? `Decided: ${one.prediction}` : 'Decision',
    lead: h('code', null, one.decisionId),
    content: card(null, h('ol', { class: 'chain' }, steps(one))),
  };
}

function ask() {
  const input = h('input', { name: 'id', required: true, 'aria-label': 'Decision id', placeholder: 'silo-1-00000000002f40', size: 32, spellcheck: 'false' });
  return card('Explain a decision',
    h('form', { onsubmit: event => { event.preventDefault(); location.hash = `#/decisions/${encodeURIComponent(input.value.trim())}`; } }, input, h('button', null, 'Explain')),
    h('p', { class: 'soft' }, 'The id came with the decision; factory decide --out keeps them in a file.'));
}

const step = (title, ...content) => h('li', null, h('h2', null, title), content);

const values = all => h('div', { class: 'columns' }, Object.entries(all).map(([name, value]) => h('div', null, h('span', { class: 'soft' }, name), h('span', null, text(value)))));

function steps(one) {
  const { modelVersion: model, trainingRun: run, datasetVersion: dataset } = one;
  return [
    one.outcome ? step('Outcome', facts(['Label', [one.outcome.label, ' ', one.prediction && (one.outcome.label === one.prediction ? badge('as predicted', 'good') : badge('not as predicted', 'bad'))]], ['Reported', time(one.outcome.at)]))
      : step('Outcome', h('p', { class: 'soft' }, 'Not known yet.')),
    step('Answer', facts(['Prediction', one.prediction ?? '–'], ...Object.entries(one.outputs).map(([name, value]) => [name, text(value)]), ['At', time(one.at)], ['Latency', `${count(one.latencyMicroseconds)} µs in the factory`])),
    step('Cost', facts(['USD', h('code', null, usd(one.cost))], ['Metered', one.worker ? `${count(one.deviceNanoseconds)} ns of ${one.worker}, in a batch of ${one.batchRows} row(s)` : 'nothing: no worker was asked'], ['Price book', one.worker ? `version ${one.priceBookVersion}` : 'none'])),
    step('Variant', facts(['Endpoint', [link(one.endpoint, 'endpoints', one.endpoint), `, revision ${one.revision}`]], ['Variant', one.variant || 'none'], ['Why', one.variantReason], ['Unit', one.unit || 'none'], ['Request', one.requestId])),
    one.mirrors && step('Mirrors', h('p', null, 'What a shadow answered, given to nobody, to the request of decision ', link(one.mirrors, 'decisions', one.mirrors))),
    one.shadows && step('Shadows', one.shadows.map(id => h('p', null, 'What a shadow answered to the same request: ', link(id, 'decisions', id)))),
    step('Features as served', values(one.features)),
    model && step('Model', facts(['Version', link(`${model.model}@${model.version}`, 'models', model.model, model.version)], ['Kind', model.kind], ['ONNX SHA-256', h('code', null, model.artifactSha256)], ['Code', model.origin.codeVersion])),
    run && step('Training run', facts(['Run', run.id], ['Trainer', `${run.spec.trainer}, ${run.spec.shards} shard(s), seed ${run.spec.seed}, ${run.epochs.length} epochs`], run.evaluation && ['Holdout AUC', interval(run.evaluation.auc, 4)])),
    dataset && step('Dataset', facts(['Version', link(`${dataset.dataset}@${dataset.version}`, 'datasets', dataset.dataset, dataset.version)], ['Rows', `${count(dataset.rows)}, ${count(dataset.quarantinedRows)} in quarantine`])),
    dataset && step('Source file', facts(['File', `${dataset.source.fileName}, ${bytes(dataset.source.sizeBytes)}`], ['SHA-256', h('code', null, dataset.source.sha256)])),
  ];
}
