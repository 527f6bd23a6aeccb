// Makes a picture of a page small: pages have few colours, so 256 of them, the most frequent, are enough (PNG §11.2.1).

import { deflateSync, inflateSync, crc32 } from 'node:zlib';

/** The same picture, a byte for each pixel. Takes what Chromium writes: eight bits a channel, not interlaced. */
export function small(png) {
  const { width, height, pixels } = decoded(png);
  const counted = new Map();
  for (const pixel of pixels) {
    counted.set(pixel, (counted.get(pixel) ?? 0) + 1);
  }
  const palette = [...counted].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour);
  const nearest = new Map(palette.map((colour, index) => [colour, index]));
  const rows = Buffer.alloc((width + 1) * height);
  pixels.forEach((pixel, at) => {
    if (!nearest.has(pixel)) {
      nearest.set(pixel, closest(palette, pixel));
    }
    rows[at + Math.floor(at / width) + 1] = nearest.get(pixel);
  });
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    SIGNATURE, chunk('IHDR', head), chunk('PLTE', colours), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0)),
  ]);
}

function closest(palette, pixel) {
  const far = (a, b, shift) => ((a >> shift) & 255) - ((b >> shift) & 255);
  const distance = (colour) => far(colour, pixel, 16) ** 2 + far(colour, pixel, 8) ** 2 + far(colour, pixel, 0) ** 2;
  return palette.reduce((best, colour, index) => (distance(colour) < distance(palette[best]) ? index : best), 0);
}

function decoded(png) {
  const [width, height, channels] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25] === 6 ? 4 : 3];
  const parts = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    }
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const pixels = new Array(width * height);
  let above = Buffer.alloc(stride);
  for (let y = 0; y < height; y += 1) {
    const line = raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1));
    unfiltered(raw[y * (stride + 1)], line, above, channels);
    for (let x = 0; x < width; x += 1) {
      pixels[y * width + x] = (line[x * channels] << 16) | (line[x * channels + 1] << 8) | line[x * channels + 2];
    }
    above = line;
  }
  return { width, height, pixels };
}

/** PNG §9.2: each byte as a difference to those before it. */
function unfiltered(type, line, above, channels) {
  for (let at = 0; at < line.length; at += 1) {
    const left = at < channels ? 0 : line[at - channels];
    const corner = at < channels ? 0 : above[at - channels];
    line[at] += [0, left, above[at], (left + above[at]) >> 1, paeth(left, above[at], corner)][type];
  }
}

function paeth(left, above, corner) {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

function chunk(name, data) {
  const framed = Buffer.alloc(12 + data.length);
  framed.writeUInt32BE(data.length, 0);
  framed.write(name, 4, 'latin1');
  data.copy(framed, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, 8 + data.length)), 8 + data.length);
  return framed;
}

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
