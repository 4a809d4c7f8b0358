import { get, find } from '../api.js';
import { badge, card, facts, h, link, table, tile } from '../dom.js';
import { count, fixed, modelVersion, percent, time, usd } from '../format.js';
import { share } from '../plots.js';

const all = async noun => Promise.all((await get('v1', noun)).map(name => get('v1', noun, name)));

export async function overview() {
  const [status, datasets, models, endpoints, statement] = await Promise.all([
    get('v1', 'status'), all('datasets'), all('models'), all('endpoints'), find('v1', 'cost', 'statement'),
  ]);
  return {
    title: 'Overview',
    lead: `Version ${status.version}, up since ${time(status.startedAt)}`,
    content: [
      statement && h('div', { class: 'tiles' },
        tile('Decisions, USD', usd(statement.decisionsTotal)), tile('Training, USD', usd(statement.trainingTotal)),
        tile('Overhead, USD', usd(statement.overheadTotal)), tile('Idle, USD', usd(statement.idleTotal))),
      h('div', { class: 'grid' },
        card('Endpoints', table('Endpoints', ['Endpoint', 'State', 'Variants'], endpoints.map(one => [
          link(one.name, 'endpoints', one.name),
          !one.deployed ? badge('undeployed', 'soft') : one.suspended ? badge('stopped', 'bad') : badge('deployed', 'good'),
          one.spec.variants.map(variant => h('div', null, `${variant.name}: ${modelVersion(variant.model)}, ${variant.weight} %`)),
        ]))),
        card('Models', table('Models', ['Model', 'Kind', '>Holdout AUC', 'Gate'], models.flatMap(one => [...one.versions].reverse().map(version => [
          link(`${version.model}@${version.version}`, 'models', version.model, version.version),
          version.kind,
          version.evaluation ? fixed(version.evaluation.auc.value, 4) : '–',
          version.qualityGate.passed ? badge('passed', 'good') : badge('failed', 'bad'),
        ])))),
        card('Datasets', table('Datasets', ['Dataset', '>Versions', '>Rows', '>Quarantined', 'Latest'], datasets.map(one => {
          const latest = one.versions.at(-1);
          return [link(one.name, 'datasets', one.name), count(one.versions.length), latest ? count(latest.rows) : '–', latest ? count(latest.quarantinedRows) : '–', time(latest?.createdAt)];
        }))),
        card('Workers', table('Workers', ['Worker', 'Device', 'Busy', '>Batches', '>Rows', '>Models'], status.workers.map(worker => [
          `${worker.key.siloName}/${worker.key.device}`, worker.device.model,
          [share(worker.busyFraction, `busy ${percent(worker.busyFraction)}`), h('span', { class: 'soft' }, percent(worker.busyFraction))],
          count(worker.batches), count(worker.rows), count(worker.loadedModels.length),
        ])))),
      card('Factory', facts(['Silos', status.silos.join(', ')], ['Process', String(status.processId)], ['Folder', h('code', null, status.dataFolder)],
        ['More', [h('a', { href: '../dashboard' }, 'cluster dashboard'), ', ', h('a', { href: '../metrics' }, 'metrics'), ', ', h('a', { href: '../openapi/v1.json' }, 'OpenAPI document')]])),
    ],
  };
}
