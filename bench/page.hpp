// What the sections of a report are made of.
#pragma once

#include <string>
#include <vector>

namespace breakwater::bench {

// A figure without digits after the point; microseconds as milliseconds.
std::string whole(double value);
std::string ms(double us);

// `text` and `content` are HTML. Without content there is no section.
std::string section(const std::string& heading, const std::string& text, const std::string& content);

using Cells = std::vector<std::string>;
// Of cells that are text; the first column and the last are words, the others are figures. Empty without rows.
std::string table(const Cells& head, const std::vector<Cells>& rows);

}  // namespace breakwater::bench
