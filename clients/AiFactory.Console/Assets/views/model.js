import { find, get } from '../api.js';
import { badge, card, facts, h, link, table } from '../dom.js';
import { bytes, count, figure, fixed, interval, time } from '../format.js';
import { curves, intervals } from '../plots.js';

export async function model(name, version = 'latest') {
  const [whole, one] = await Promise.all([get('v1', 'models', name), get('v1', 'models', name, 'versions', version)]);
  const run = one.origin.trainingRunId ? await find('v1', 'training-runs', one.origin.trainingRunId) : null;
  return {
    title: `${name}@${one.version}`,
    lead: `${one.kind} model of ${time(one.createdAt)}`,
    content: [
      h('div', { class: 'grid' },
        card('Quality', quality(one)),
        card('Origin', facts(
          ['Trained by', run ? `${run.spec.trainer}, ${run.spec.shards} shard(s), seed ${run.spec.seed}` : one.origin.importedFileName ? `imported from ${one.origin.importedFileName}` : '–'],
          ['Training run', one.origin.trainingRunId ?? '–'],
          ['Dataset', one.origin.dataset ? link(`${one.origin.dataset.dataset}@${one.origin.dataset.version}`, 'datasets', one.origin.dataset.dataset, one.origin.dataset.version) : '–'],
          ['Code', one.origin.codeVersion],
          ['Artefact', [h('a', { href: `../v1/models/${encodeURIComponent(name)}/versions/${one.version}/artifact`, download: `${name}-${one.version}.onnx` }, 'ONNX'), `, ${bytes(one.artifactBytes)}`]],
          ['SHA-256', h('code', null, one.artifactSha256)],
          ['Versions', whole.versions.map(other => [link(`${name}@${other.version}`, 'models', name, other.version), ' '])]))),
      run && run.epochs.length > 1 && h('div', { class: 'grid' },
        card('Loss by epoch', curves('Loss by epoch', [
          { name: 'training', values: run.epochs.map(epoch => epoch.trainLoss), series: 0 },
          { name: 'holdout', values: run.epochs.map(epoch => epoch.holdoutLoss), series: 1 },
        ])),
        card('Holdout AUC by epoch', curves('Holdout AUC by epoch', [{ name: 'holdout AUC', values: run.epochs.map(epoch => epoch.holdoutAuc), series: 0 }]))),
      h('div', { class: 'grid' },
        card('Signature', table('Signature', ['Tensor', 'Type', 'Shape'], [
          ...one.signature.inputs.map(tensor => [tensor.name, tensor.dataType.toUpperCase(), shape(tensor)]),
          ...one.signature.outputs.map(tensor => [h('b', null, `→ ${tensor.name}`), tensor.dataType.toUpperCase(), shape(tensor)]),
        ])),
        card('Parameters', facts(...Object.entries(one.parameters)))),
    ],
  };
}

const shape = tensor => `[${['N', ...tensor.rowShape].join(', ')}]`;

function quality(one) {
  const found = one.evaluation;
  return [
    h('p', null, one.qualityGate.passed ? badge('gate passed', 'good') : badge('gate failed', 'bad')),
    found && intervals('Quality on the holdout', [
      { label: 'AUC', estimate: found.auc, series: 0 },
      { label: 'accuracy', estimate: found.accuracy, series: 1 },
    ], { digits: 4 }),
    found && facts(
      ['Holdout', `${count(found.holdoutRows)} rows`],
      ['AUC', interval(found.auc, 4)],
      ['Accuracy', interval(found.accuracy, 4)],
      ['Log loss', fixed(found.logLoss, 4)],
      ['ONNX parity', `max abs difference ${figure(found.onnxMaxAbsDifference)}`]),
    h('ul', null, one.qualityGate.findings.map(finding => h('li', null, finding))),
  ];
}
