import { find, get } from '../api.js';
import { badge, card, facts, h, link, swatch, table } from '../dom.js';
import { count, fixed, modelVersion, percent, time } from '../format.js';
import { share } from '../plots.js';

const endpointsMax = 40;
const breakers = { quiet: ['closed', 'good'], counting: ['closed, something failed', 'good'], probing: ['open, probing', 'bad'], open: ['open', 'bad'] };
const rolloutKinds = { starting: 'soft', running: 'soft', completed: 'good', rolledBack: 'bad', superseded: 'soft' };
const guardNames = { errorRate: 'error rate', latency: 'latency, s', accuracy: 'outcome accuracy', value: 'outcome value, USD' };
const measureNames = { label: 'same class', argmax: 'same largest element', difference: 'same bytes', bytes: 'same bytes' };

export async function serving() {
  const names = await get('v1', 'endpoints');
  const shown = names.slice(0, endpointsMax);
  return {
    title: 'Serving',
    lead: 'What the gateways saw over the last 30 seconds',
    content: [
      names.length === 0 && card(null, h('p', { class: 'soft' }, 'No endpoint was ever deployed.')),
      await Promise.all(shown.map(async name => servingOf(await get('v1', 'endpoints', name), link(name, 'endpoints', name)))),
      names.length > shown.length && h('p', { class: 'soft' }, `The first ${shown.length} of ${names.length} endpoints; each has a page of its own.`),
    ],
  };
}

/** What goes on at an endpoint, as a card. */
export async function servingOf(one, title = 'Serving') {
  if (!one.deployed) return card(title, h('p', null, state(one)));
  const [traffic, rollout, shadows] = await Promise.all([
    get('v1', 'endpoints', one.name, 'traffic'), find('v1', 'endpoints', one.name, 'rollout'), one.spec.shadows?.length ? get('v1', 'endpoints', one.name, 'shadows') : null,
  ]);
  return card(title,
    h('p', null, state(one), h('span', { class: 'soft' }, traffic.gateways === 0 ? ' Nothing was asked of late.' : ` ${traffic.gateways} gateway(s), ${fixed(traffic.seconds, 0)} s`)),
    variants(one, traffic),
    rollout && rolling(rollout),
    shadows && compared(shadows));
}

function variants(one, traffic) {
  const seen = new Map(traffic.variants.map(variant => [variant.variant, variant]));
  return table('Variants', ['Variant', 'Model', 'Share', '>Replicas', '>Requests/s', '>p50, ms', '>p99, ms', '>Errors', '>Cache hits', 'Breaker'], one.spec.variants.map((variant, i) => {
    const of = seen.get(variant.name);
    return [
      [swatch(i), variant.name],
      link(modelVersion(variant.model), 'models', variant.model.model, variant.model.version),
      [share(variant.weight / 100, `share ${variant.weight} %`), h('span', { class: 'soft' }, `${fixed(variant.weight, 1)} %`)],
      one.active?.[variant.name] === undefined ? '–' : count(one.active[variant.name]),
      of ? fixed(of.requests / Math.max(traffic.seconds, .001), 1) : '–',
      milliseconds(of?.p50), milliseconds(of?.p99),
      of ? of.errors > 0 ? badge(count(of.errors), 'bad') : '0' : '–',
      of ? count(of.cached) : '–',
      of ? badge(...breakers[of.breaker]) : h('span', { class: 'soft' }, 'no traffic'),
    ];
  }));
}

function rolling(rollout) {
  const steps = rollout.spec.steps ?? [];
  return [
    h('h2', null, `Rollout of ${rollout.candidate}`),
    facts(
      ['State', [badge(rollout.status === 'rolledBack' ? 'rolled back' : rollout.status, rolloutKinds[rollout.status] ?? 'soft'), ` in place of ${rollout.baseline}, since ${time(rollout.startedAt)}`]],
      ['Progress', [share(rollout.share / 100, `${rollout.share} % of the baseline's units`), h('span', { class: 'soft' }, `${fixed(rollout.share, 1)} %, step ${rollout.step + 1} of ${steps.length}: ${steps.join(', ')} %`)]],
      rollout.reason && ['Reason', rollout.reason]),
    rollout.status === 'running' && rollout.guards.length > 0 && table('Guards', ['Guard', '>Baseline', '>Candidate', '>Worse by', '>Tolerated', 'Verdict'], rollout.guards.map(guard => [
      guardNames[guard.metric] ?? guard.metric, fixed(guard.baseline, 5), fixed(guard.candidate, 5),
      `${fixed(guard.worse.value, 5)} [${fixed(guard.worse.low, 5)}, ${fixed(guard.worse.high, 5)}]`, fixed(guard.tolerance, 5),
      guard.violated ? badge('worse', 'bad') : guard.worse.high <= guard.tolerance ? badge('no worse', 'good') : h('span', { class: 'soft' }, 'not told apart yet'),
    ])),
  ];
}

function compared(report) {
  return [
    h('h2', null, 'Shadows'),
    h('p', { class: 'soft' }, report.since ? `Compared with the answers given since ${time(report.since)}, revision ${report.revision}` : 'Nothing was mirrored yet.'),
    table('Shadows', ['Shadow', 'Model', '>Sees', 'Against', '>Mirrored', '>Dropped', '>Errors', '>Agreement', 'Measure', '>Difference mean', '>max', '>Latency, ms', '>Given, ms'], report.shadows.flatMap(shadow =>
      (shadow.compared.length > 0 ? shadow.compared : [null]).map(one => [
        shadow.name,
        link(modelVersion(shadow.model), 'models', shadow.model.model, shadow.model.version),
        `${shadow.percent} %`,
        ...(one
          ? [one.variant, count(one.figures.mirrored), count(one.figures.dropped), one.figures.errors > 0 ? badge(count(one.figures.errors), 'bad') : '0', known(one.agreement, percent),
            measureNames[one.measure] ?? one.measure, known(one.meanDifference, precise), known(one.maxDifference, precise), milliseconds(one.meanLatency), milliseconds(one.primaryMeanLatency)]
          : ['–', '0', '0', '0', '–', '–', '–', '–', '–', '–']),
      ]))),
  ];
}

function state(one) {
  return !one.deployed ? badge('undeployed', 'soft')
    : one.suspended ? [badge('stopped', 'bad'), ` ${one.suspended}`]
      : badge('deployed', 'good');
}

const known = (value, format) => value === null || value === undefined ? '–' : format(value);

const precise = value => Number(value.toPrecision(4)).toString();

const milliseconds = seconds => known(seconds, value => fixed(value * 1000, 2));
