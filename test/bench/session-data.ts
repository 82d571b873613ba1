/** The data of sessions of each size. */

/** 37 bytes of JSON. */
export function smallSession(): object {
  return { counter: 0, cart: [], locale: 'en' };
}

/** A counter and a cart, of about so many bytes of JSON. */
export function bigSession(bytes: number): () => object {
  const items = Math.round(bytes / JSON.stringify(item(100)).length);
  return () => ({ counter: 0, locale: 'en', cart: Array.from({ length: items }, (_, index) => item(index)) });
}

function item(index: number): object {
  return {
    sku: `item-${index}`,
    title: `Article number ${index}`,
    price: index + 0.5,
    count: (index % 9) + 1,
  };
}
