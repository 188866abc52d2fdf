// Enhances the pages; every page works without it. The modules find their work by data attributes:
//
//   keys.js     data-go="o" (a link reached by `g o`), data-key="n" (a link or button pressed by `n`)
//   palette.js  [data-hit] in the answer of /search: a link, its kind in data-hit
//   live.js     data-live on a region with an id, which is replaced by its newer self when something changes;
//               data-live="offer" on a list, whose new rows are offered ("3 new orders: show"):
//               data-one="new order" data-many="new orders", an id on each row; data-live-toggle on the pause button
//   charts.js   data-x on an svg.plot: the places of its points; the rows of the table in its figure are their values
//   forms.js    every POST form is sent once
//   rows.js     ids of table rows: Back returns to the row that one came from
//   times.js    data-relative on a <time>; data-copy on a button, with the text or "#" and the id of an element
import "./forms.js";
import "./rows.js";
import "./times.js";
import "./keys.js";
import "./palette.js";
import "./charts.js";
import "./live.js";
