import { get } from '../api.js';
import { badge, card, h, sum, table, tile } from '../dom.js';
import { count, dollars, time, usd } from '../format.js';
import { share } from '../plots.js';
import { logs } from './logs.js';

export async function cost() {
  const [statement, proof] = await Promise.all([get('v1', 'cost', 'statement'), get('v1', 'cost', 'reconciliation')]);
  const total = Number(statement.ledgerTotal) || 1;
  return {
    title: 'Cost',
    lead: `In USD, to the picodollar, as of ${time(statement.asOf)}`,
    content: [
      h('div', { class: 'tiles' },
        tile('Decisions', usd(statement.decisionsTotal)), tile('Training', usd(statement.trainingTotal)), tile('Overhead', usd(statement.overheadTotal)),
        tile('Idle', usd(statement.idleTotal)), tile('Ledger total', usd(statement.ledgerTotal))),
      h('div', { class: 'grid' },
        card('Cost of 1,000 decisions', table('Cost of 1,000 decisions', ['Endpoint and variant', '>USD'], Object.entries(statement.costPer1000DecisionsUsd).map(([name, value]) => [name, dollars(value)]))),
        card('Reconciliation',
          h('p', null, proof.exact ? badge('equal to the picodollar', 'good') : badge('not equal', 'bad')),
          table('Reconciliation', ['What', '>USD'], [
            [`Ledger, ${count(proof.decisions)} decisions`, usd(proof.ledgerDecisions)],
            ['Decision log, added up anew', usd(proof.logDecisions)],
            ["Devices' bill: rate × time", usd(proof.deviceBill)],
            ['Charged against it', usd(proof.deviceCharged)],
          ]),
          h('ul', null, proof.findings.map(finding => h('li', null, finding))))),
      card('Statement', table('Statement by account', ['Account', '>Entries', '>USD', 'Share'], [
        ...statement.lines.map(line => [h('code', null, line.account), count(line.entries), usd(line.balance), share(Number(line.balance) / total, `${line.account}: ${(Number(line.balance) / total * 100).toFixed(1)} %`)]),
        sum(['Ledger total', '', usd(statement.ledgerTotal), '']),
      ])),
      logs(statement.logs),
    ],
  };
}
