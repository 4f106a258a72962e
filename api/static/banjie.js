// Quicker, never necessary: every page works without this file.
(function () {
  'use strict';
  var all = function (css, root) { return [].slice.call((root || document).querySelectorAll(css)); };
  var one = function (css, root) { return (root || document).querySelector(css); };

  // Errors: the summary is where one begins to read.
  var errors = one('#errors');
  if (errors) errors.focus();
  all('.summary a[href^="#"]').forEach(function (link) {
    link.addEventListener('click', function (event) {
      var field = document.getElementById(link.hash.slice(1));
      if (!field || !field.matches('input,select,textarea')) return;
      event.preventDefault();
      field.focus();
      field.scrollIntoView({ block: 'center' });
    });
  });

  // A form is sent once. Coming back by the history opens it again.
  all('form[data-once]').forEach(function (form) {
    form.addEventListener('submit', function (event) {
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = '1';
    });
  });
  addEventListener('pageshow', function () {
    all('form[data-sent]').forEach(function (form) { delete form.dataset.sent; });
  });

  all('[data-print]').forEach(function (button) {
    button.hidden = false;
    button.addEventListener('click', function () { print(); });
  });

  // Papers: a photograph is made smaller before it travels, then it is sent at once.
  var MOST = 1600;
  function shrink(file) {
    return new Promise(function (done) {
      if (!/^image\//.test(file.type) || file.size < 200000) return done(file);
      var address = URL.createObjectURL(file);
      var image = new Image();
      image.onerror = function () { done(file); };
      image.onload = function () {
        var scale = Math.min(1, MOST / Math.max(image.naturalWidth, image.naturalHeight));
        var canvas = document.createElement('canvas');
        canvas.width = Math.round(image.naturalWidth * scale);
        canvas.height = Math.round(image.naturalHeight * scale);
        var pen = canvas.getContext('2d');
        pen.fillStyle = '#fff';
        pen.fillRect(0, 0, canvas.width, canvas.height);
        pen.drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(function (blob) {
          URL.revokeObjectURL(address);
          if (!blob || blob.size >= file.size) return done(file);
          done(new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' }));
        }, 'image/jpeg', 0.7);
      };
      image.src = address;
    });
  }
  all('form[data-shrink]').forEach(function (form) {
    var input = one('[type=file]', form), button = one('button', form), said = button.textContent;
    input.addEventListener('change', function () {
      var file = input.files[0];
      if (!file || form.dataset.sent) return;
      form.dataset.sent = '1';
      button.disabled = true;
      button.textContent = form.dataset.busy;
      shrink(file).then(function (small) {
        try {
          var box = new DataTransfer();
          box.items.add(small);
          input.files = box.files;
        } catch (_) { /* the original goes, and the server makes it smaller */ }
        form.submit();
      });
    });
    addEventListener('pageshow', function () { button.disabled = false; button.textContent = said; });
  });

  // One verb open at a time.
  var verbs = all('details.verb');
  verbs.forEach(function (verb) {
    verb.addEventListener('toggle', function () {
      if (verb.open) verbs.forEach(function (other) { if (other !== verb) other.open = false; });
    });
  });

  // Keys: j, k and Enter in the queue; the verbs' own keys on a case; ? for help.
  var rows = all('.rows li a');
  function move(by) {
    var at = rows.indexOf(document.activeElement);
    var row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (row) row.focus();
  }
  function open(verb) {
    verbs.forEach(function (each) { each.open = each === verb; });
    // What must be answered first; when nothing must, Enter does it.
    var first = one('[aria-required],fieldset input', verb) || one('button', verb);
    if (first) first.focus();
  }
  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === 'Escape') return verbs.forEach(function (verb) { verb.open = false; });
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (event.key === 'j' || event.key === 'k') return move(event.key === 'j' ? 1 : -1);
    if (event.key === '?') {
      var help = one('#keys');
      if (help) { help.open = true; help.scrollIntoView(); one('summary', help).focus(); }
      return;
    }
    var verb = verbs.filter(function (v) { return v.dataset.key === event.key; })[0];
    if (verb) { event.preventDefault(); open(verb); }
  });
})();
