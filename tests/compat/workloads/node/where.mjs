// SPDX-License-Identifier: Apache-2.0
//
// Where to connect, as a socket's options: `path`, or `host` and `port`.
import { readFileSync } from "node:fs";

export const where = (told) => (told.through_unix ? { path: told.unix } : { host: told.host, port: told.port });

// What TLS needs, or undefined: the authorities that are trusted, and the client's own certificate if it is to have one.
export const trust = ({ tls }) => tls && Object.fromEntries(
  Object.entries(tls).filter(([, file]) => file).map(([what, file]) => [what, readFileSync(file)]));
