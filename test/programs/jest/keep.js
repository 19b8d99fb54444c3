'use strict';
// A test that talks to a server of its own, by clients that keep their connections. Several files of one process have theirs at the
// same address.
const http = require('node:http');

const ADDRESS = 'http://127.0.0.1:8080/';

const get = (agent) =>
  new Promise((resolve, reject) => {
    const request = http.get(ADDRESS, { agent }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    });
    request.on('error', reject);
  });

exports.talksToItself = (own) => {
  test(`file ${own} talks to its own server`, async () => {
    const server = http.createServer((_request, response) => response.end(own));
    await new Promise((resolve) => server.listen(8080, resolve));
    server.unref();
    expect(await (await fetch(ADDRESS)).text()).toBe(own);
    expect(await get(http.globalAgent)).toBe(own);
  });
};
