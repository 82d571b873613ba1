/** The store at the bottom of its wrappers: whose keys it is that turns are taken for. */

export function innermost(store: object): object {
  let at = store;
  for (let inner = wrappedBy(at); inner !== undefined; inner = wrappedBy(at)) at = inner;
  return at;
}

function wrappedBy(store: object): object | undefined {
  return (store as { readonly wraps?: object | undefined }).wraps;
}
