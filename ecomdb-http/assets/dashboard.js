// Enhances the pages; every page works without it. The modules find their work by data attributes:
//
//   keys.js     data-go="o" (a link reached by `g o`), data-key="n" (a link or button pressed by `n`)
//   palette.js  [data-hit] in the answer of /search: a link, its kind in data-hit
//   live.js     data-live on a region with an id, which is replaced by its newer self when something changes;
//               data-live="offer" on a list, whose new rows are offered ("3 new orders: show"):
//               data-one="new order" data-many="new orders", an id on each row; data-live-toggle on the pause button
//   charts.js   data-x on a .plot-frame: the places of its points; the rows of the table in its figure are their values
//   forms.js    every POST form is sent once; data-adds-up on a form: the name of its amount, which is filled from the
//               numbers with data-price, what data-of units cost in minor units
//   rows.js     ids of table rows: Back returns to the row that one came from
//   print.js    data-print on a button
//   copy.js     data-copy on a button: the text, or "#" and the id of an element
//
// What has data-scripted is of use with scripts only: it is hidden until they run.
import "./forms.js";
import "./rows.js";
import "./copy.js";
import "./print.js";
import "./keys.js";
import "./palette.js";
import "./charts.js";
import "./live.js";

const reveal = () => document.querySelectorAll("[data-scripted][hidden]").forEach((each) => (each.hidden = false));
reveal();
document.addEventListener("page:swapped", reveal);
