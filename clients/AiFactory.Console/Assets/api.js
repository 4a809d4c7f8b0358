// The public HTTP API, and nothing else.
const keyName = 'aifactory-api-key';

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The factory answered ${status}.`);
    this.status = status;
    this.where = problem.where;
    this.mend = problem.mend;
  }
}

export const useKey = key => sessionStorage.setItem(keyName, key);

/** GETs a path of segments, each escaped; throws Refused. */
export async function get(...segments) {
  const headers = { accept: 'application/json' };
  const key = sessionStorage.getItem(keyName);
  if (key) headers.authorization = `Bearer ${key}`;
  let response;
  try {
    // Relative to /console/, so that a prefix in front of it is kept.
    response = await fetch(`../${segments.map(encodeURIComponent).join('/')}`, { headers });
  } catch {
    throw new Refused(0, { detail: 'The factory does not answer.', mend: 'Start it with: factory up' });
  }
  if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({})));
  return response.json();
}

/** As get, or null where there is no such thing. */
export const find = (...segments) => get(...segments).catch(error => {
  if (error.status === 404) return null;
  throw error;
});
