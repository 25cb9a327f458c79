#include "cli/app.hpp"

int main(int argc, char** argv) { return breakwater::cli::run(argc, argv); }
