import { find, get } from '../api.js';
import { badge, card, facts, h, link, swatch, table } from '../dom.js';
import { count, dollars, fixed, interval, modelVersion, time, usd } from '../format.js';
import { intervals } from '../plots.js';
import { logs } from './logs.js';
import { servingOf } from './serving.js';

const sampleRatioAlertP = 0.001;
const metricNames = { accuracy: 'Accuracy', value_usd_per_decision: 'Value a decision, USD' };
const metricDigits = { accuracy: 4, value_usd_per_decision: 2 };

export async function endpoint(name) {
  const [one, report] = await Promise.all([get('v1', 'endpoints', name), find('v1', 'endpoints', name, 'experiment')]);
  return {
    title: name,
    lead: `Endpoint, revision ${one.revision}, ${one.deployed ? 'deployed' : 'undeployed'} ${time(one.deployedAt)}`,
    content: [
      await servingOf(one),
      report && experiment(report),
      card('Endpoint', facts(
        ['Key', one.spec.keyField ?? 'none: variants are drawn by request'],
        ['Economy', one.spec.economy ? economy(one.spec.economy) : 'none stated'],
        ['Durability', one.spec.durability === 'fsync' ? 'on the disk before the reply' : 'in the page cache before the reply'],
        ['Variants', one.spec.variants.map((variant, i) => h('div', null, swatch(i), `${variant.name}: `, link(modelVersion(variant.model), 'models', variant.model.model, variant.model.version), `, ${variant.weight} %`))],
        ['Decide', h('code', null, `POST /v1/endpoints/${name}/decisions`)],
        ['', h('code', null, `POST /v2/models/${name}/infer`)])),
    ],
  };
}

function experiment(report) {
  const seriesOf = new Map(report.variants.map((variant, i) => [variant.variant, i]));
  return [
    card('Experiment', verdict(report), table('Variants', ['Variant', 'Model', '>Weight', '>Exposures', '>Outcomes', '>Right', '>Value, USD', '>Cost, USD', '>Cost of 1,000, USD'], report.variants.map((variant, i) => [
      [swatch(i), variant.variant], variant.model, `${variant.weight} %`, count(variant.exposures), count(variant.outcomes), count(variant.correct), fixed(variant.valueUsd, 2),
      usd(variant.cost), dollars(variant.costPer1000DecisionsUsd),
    ]))),
    h('div', { class: 'grid' },
      card('Accuracy, 95% interval', intervals('Accuracy by variant', report.variants.map((variant, i) => ({ label: variant.variant, estimate: variant.accuracy, series: i })), { digits: 4 })),
      report.economy && card('Value a decision in USD, 95% interval',
        intervals('Value by variant', report.variants.map((variant, i) => ({ label: variant.variant, estimate: variant.valueUsdPerDecision, series: i })), { digits: 2 }))),
    report.differences.length > 0 && h('div', { class: 'grid' }, [...new Set(report.differences.map(difference => difference.metric))].map(metric => {
      const ones = report.differences.filter(difference => difference.metric === metric);
      return card(`Difference to ${ones[0].baseline}: ${(metricNames[metric] ?? metric).toLowerCase().replace('usd', 'USD')}`,
        intervals(`Difference in ${metric}`, ones.map(difference => ({ label: difference.variant, estimate: difference.anyTime ?? difference.difference, series: seriesOf.get(difference.variant) ?? 0 })),
          { digits: metricDigits[metric] ?? 4, zero: true }),
        ones.map(difference => h('p', { class: 'soft' }, reading(difference, metricDigits[metric] ?? 4))));
    })),
    logs(report.logs),
  ];
}

function verdict(report) {
  const p = report.sampleRatioP;
  return p === undefined || p === null ? null
    : p < sampleRatioAlertP ? h('p', { role: 'alert' }, badge('sample-ratio mismatch', 'bad'), ` The split is not as weighted (p = ${p.toExponential(1)}); do not trust the comparison.`)
      : h('p', null, badge('split as weighted', 'good'), h('span', { class: 'soft' }, ` chi-squared p = ${p.toFixed(3)}, as of ${time(report.asOf)}`));
}

function reading({ variant, baseline, difference, p, anyTime, anyTimeP, better }, digits) {
  const once = `at one fixed time ${interval(difference, digits)}, p = ${p.toFixed(3)}`;
  if (!anyTime) return `Too few outcomes to tell ${variant} from ${baseline}; ${once}.`;
  const figures = `${interval(anyTime, digits)}, p = ${anyTimeP.toFixed(3)}, however often one looks; ${once}`;
  return better ? `${better} is better than ${better === variant ? baseline : variant}: ${figures}.` : `Not told apart yet: ${figures}.`;
}

const economy = one => `right yes ${signed(one.truePositiveUsd)}, wrong yes ${signed(one.falsePositiveUsd)}, right no ${signed(one.trueNegativeUsd)}, wrong no ${signed(one.falseNegativeUsd)} USD`;

const signed = value => value > 0 ? `+${value}` : String(value);
