import { badge, card, h, table } from '../dom.js';
import { count, time } from '../format.js';

const states = { live: ['live', 'good'], published: ['as published', 'soft'], unknown: ['unknown: not counted', 'bad'] };

/** How the decision logs behind a total count in it. Nothing where there is one log and it answered. */
export function logs(standings) {
  if (!standings || (standings.length < 2 && standings.every(log => log.state === 'live'))) return null;
  return card('Decision logs', table('Decision logs', ['Log', 'Of a', 'Counts', 'As of', '>Up to address'], standings.map(log => [
    h('code', null, log.log), log.kind, badge(...states[log.state]), log.asOf ? time(log.asOf) : '-', count(log.position),
  ])));
}
