import { h, card } from './dom.js';
import { useKey } from './api.js';
import { overview } from './views/overview.js';
import { dataset } from './views/dataset.js';
import { model } from './views/model.js';
import { endpoint } from './views/endpoint.js';
import { serving } from './views/serving.js';
import { decision } from './views/decision.js';
import { cost } from './views/cost.js';

// A view takes the segments behind its name and gives {title, lead, content}; live ones are asked again now and then.
const routes = {
  '': { view: overview, live: true },
  datasets: { view: dataset },
  models: { view: model },
  endpoints: { view: endpoint, live: true },
  serving: { view: serving, live: true },
  decisions: { view: decision },
  cost: { view: cost, live: true },
};
const refreshMs = 5000;
const main = document.getElementById('main');
const announce = document.getElementById('announce');
let shown = 0;
let timer;

function place() {
  const [name = '', ...segments] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  return { name, segments, route: routes[name] };
}

function problem(error) {
  const needsKey = error.status === 401;
  const key = h('input', { type: 'password', 'aria-label': 'API key', autocomplete: 'off', required: true });
  const form = h('form', { onsubmit: event => { event.preventDefault(); useKey(key.value); show(true); } }, key, h('button', null, 'Use this key'));
  const box = card(needsKey ? 'The factory asks for an API key' : 'That did not work', h('p', null, error.message),
    error.where && h('p', { class: 'soft' }, error.where), error.mend && h('p', null, error.mend), needsKey && form);
  box.classList.add('error');
  box.setAttribute('role', 'alert');
  return box;
}

async function show(moved) {
  clearTimeout(timer);
  const turn = ++shown;
  const { name, segments, route } = place();
  for (const item of document.querySelectorAll('nav a')) {
    if (item.getAttribute('href') === `#/${name}`) item.setAttribute('aria-current', 'page');
    else item.removeAttribute('aria-current');
  }
  let page;
  try {
    page = route ? await route.view(...segments) : { title: 'No such page', content: h('p', null, 'Choose one from the menu.') };
  } catch (error) {
    page = { title: 'AiFactory', content: problem(error) };
  }
  if (turn !== shown) return;
  main.replaceChildren(...h('div', null, h('h1', null, page.title), h('p', { class: 'lead' }, page.lead ?? ''), page.content).childNodes);
  document.title = `${page.title} · AiFactory`;
  if (moved) {
    announce.textContent = page.title;
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  if (route?.live) timer = setTimeout(refresh, refreshMs);
}

// Nobody's reading is disturbed: not in a hidden page, and not while something in the content has the focus.
function refresh() {
  const busy = document.hidden || (main.contains(document.activeElement) && document.activeElement !== main) || !getSelection().isCollapsed;
  if (busy) timer = setTimeout(refresh, refreshMs);
  else show(false);
}

document.getElementById('find').addEventListener('submit', event => {
  event.preventDefault();
  const id = new FormData(event.target).get('id').trim();
  if (id) location.hash = `#/decisions/${encodeURIComponent(id)}`;
});
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});
addEventListener('hashchange', () => show(true));
show(false);
