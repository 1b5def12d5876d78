{#
Indicator definitions are data: each list below is YAML, one entry per indicator. One entry adds
an indicator: its figures, its row in dim_indicator, its city figures and its gate.

code           lower case, as in domain/indicators.md
name_zh, name_en, numerator_zh, denominator_zh, scope_zh, basis    shown in dim_indicator
kind           ratio (factor x numerator / denominator), difference (numerator - denominator)
               or count (numerator alone)
unit           unit of the value; term_unit: unit of numerator and denominator
factor         100 for %
bounded        true: a value above 100 % is an error and held (default: unit is %)
tables         dictionary aliases that the county must have filed for the period
columns        filed columns (alias.column), other than keys, without which the figure would count
               something else; what is merely summed need not be named (optional)
from           relation: an ind_* model or a rec_* view with county_code and period
where          rows that count at all (optional)
numerator, denominator              SQL aggregates over `from`; sum(x) is unknown where a row
               that counts lacks x
numerator_where, denominator_where  further condition of that term (optional)
weight         of a difference of ratios: an aggregate; the terms are factor x sum / weight, so
               that a city's terms are ratios of sums, too (optional)
readings       further readings: each overrides some of from, columns, numerator … and names its
               `breakdown` (name=value); '' is the plain one (default: only the plain one)
by             {name, column, values: {printed value: data value}}: each reading once more
               per value; share: true filters the numerator alone; plain: false drops the figures
               without this breakdown; tables, columns: what this breakdown needs besides

A name=value list stands in the order of the names (they are sorted when it is made).
#}
{% macro indicator_definitions() %}
    {{ return(
        poverty_indicators()
        + fund_indicators()
        + project_indicators()
        + work_indicators()
        + loan_indicators()
        + guarantee_indicators()
        + governance_indicators()
    ) }}
{% endmacro %}

{# Every figure to compute, flat: a definition's readings times the values of its `by`. #}
{% macro indicator_figures() %}
    {% set figures = [] %}
    {% for definition in indicator_definitions() %}
        {% set by = definition.get('by') %}
        {% for reading in definition.get('readings', [{'breakdown': ''}]) %}
            {% set figure = dict(definition) %}
            {% do figure.update(reading) %}
            {% do figure.update({'parts': [reading.breakdown] if reading.breakdown else []}) %}
            {% if not by or by.get('plain', true) %}
                {% do figures.append(_finished_figure(figure, none, none)) %}
            {% endif %}
            {% for printed in (by['values'] if by else []) %}
                {% do figures.append(_finished_figure(figure, by, printed)) %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {{ return(figures) }}
{% endmacro %}

{# One figure with its breakdown and the conditions of its two terms. #}
{% macro _finished_figure(figure, by, printed) %}
    {% set parts = figure.parts | list %}
    {% set tables = figure.tables + (by.get('tables', []) if by else []) %}
    {% set columns = figure.get('columns', []) + (by.get('columns', []) if by else []) %}
    {% set conditions = [figure.where] if figure.where else [] %}
    {% set numerator = conditions + ([figure.numerator_where] if figure.numerator_where else []) %}
    {% set denominator = conditions + ([figure.denominator_where] if figure.denominator_where else []) %}
    {% if by %}
        {% do parts.append(by.name ~ '=' ~ printed) %}
        {% set equal = by.column ~ " = '" ~ by['values'][printed] ~ "'" %}
        {% do numerator.append(equal) %}
        {% if not by.get('share', false) %}{% do denominator.append(equal) %}{% endif %}
    {% endif %}
    {{ return({
        'code': figure.code,
        'breakdown': parts | sort | join(';'),
        'tables': tables,
        'columns': columns,
        'from': figure['from'],
        'numerator': _filtered(figure.numerator, numerator),
        'denominator': _filtered(figure.denominator, denominator),
        'weight': _filtered(figure.weight, denominator),
    }) }}
{% endmacro %}

{#
An aggregate over the rows that meet all conditions: zero where no row does, null where one that
does lacks the value (then the figure is unknown), and null where the definition has no such term.
#}
{% macro _filtered(aggregate, conditions) %}
    {% if not aggregate %}{{ return('null') }}{% endif %}
    {% set filter = '' %}
    {% if conditions %}
        {% set filter = 'filter (where (' ~ (conditions | join(') and (')) ~ '))' %}
    {% endif %}
    {% if aggregate.startswith('sum(') %}
        {% set total = sum_of_all(aggregate[4:-1], filter) %}
    {% else %}
        {% set total = aggregate ~ ' ' ~ filter %}
    {% endif %}
    {% if not conditions %}{{ return(total) }}{% endif %}
    {{ return('case when count(*) ' ~ filter ~ ' = 0 then 0 else ' ~ total ~ ' end') }}
{% endmacro %}

{# A text as an SQL literal. #}
{% macro sql_text(value) %}'{{ value | replace("'", "''") }}'{% endmacro %}
