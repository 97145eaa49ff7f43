//! Text inside of the pages and pictures that Cotter writes for a browser.

/// A text as HTML and SVG have to say it, between tags and in attributes.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_means_something_to_a_browser_is_escaped_once() {
        assert_eq!(super::escaped("a < \"b\" && c > d &lt;"), "a &lt; &quot;b&quot; &amp;&amp; c &gt; d &amp;lt;");
    }
}
