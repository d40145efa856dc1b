// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/2 origin over TLS: node http2_origin.js CERT KEY. Prints `listening on 127.0.0.1:PORT`.
//   /rst…   begins an answer and resets the stream        /gone…  begins an answer and drops the connection
//   else    "h2 PATH sessions=N", N the connections so far
import fs from 'node:fs';
import http2 from 'node:http2';

let sessions = 0;
const server = http2.createSecureServer({cert: fs.readFileSync(process.argv[2]), key: fs.readFileSync(process.argv[3])});
server.on('session', () => sessions++);
server.on('stream', (stream, headers) => {
  const path = headers[':path'];
  stream.on('error', () => {});
  stream.respond({':status': 200});
  if (path.startsWith('/rst')) {
    stream.write('partial');
    setTimeout(() => stream.destroy(new Error('reset')), 20);
  } else if (path.startsWith('/gone')) {
    stream.write('partial');
    setTimeout(() => stream.session.destroy(), 20);
  } else {
    stream.end(`h2 ${path} sessions=${sessions}`);
  }
});
server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
