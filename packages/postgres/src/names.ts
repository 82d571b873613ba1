/** The names of a table and its columns, as they stand in statements. */

/** Names as users give them. */
export interface Names {
  readonly schema: string | undefined;
  readonly table: string;
  readonly key: string;
  readonly value: string;
}

/** The same, quoted. */
export interface Quoted {
  readonly table: string;
  readonly key: string;
  readonly value: string;
}

/** Quotes all names that users give. */
export function quoted({ schema, table, key, value }: Names): Quoted {
  const name = quote(table);
  return {
    table: schema === undefined ? name : `${quote(schema)}.${name}`,
    key: quote(key),
    value: quote(value),
  };
}

/** Quotes one identifier, whatever characters it has. */
export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
